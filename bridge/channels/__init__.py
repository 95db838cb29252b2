"""The only way out: everything that calls a machine of somebody else stands here.

* `guard`: which addresses we call at all, checked when a URL is registered and again on
  the connected socket.
* `signing`: Standard Webhooks signatures, for what we send and what we receive.
* `webhook`: one bounded POST; it returns what happened and never raises for the network.
* `email`, `sms`, `slack`, `teams`: what staff are told, each with its own rules for trying
  again; `answer` is what they have in common.

Each social network or care tool gets a folder of its own; `protocol` says what it has to give,
`abilities`, `accounts`, `coming_in` and `going_out` in which words. A channel sends one thing and
says what happened; it knows neither the database nor when to try again. No other
package imports `requests`.
"""
