import { offerPrint } from "./printing.js";
// The slip prints by the browser's own menu too; this is only the button.
offerPrint();
