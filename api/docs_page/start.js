SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: "/api/v1/openapi.json",
  deepLinking: true,
  validatorUrl: null,
});
