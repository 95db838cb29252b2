"""The shapes of requests and responses (marshmallow). The one contract of the API.

Request schemas refuse unknown fields and loose types; response schemas list what goes out.
Nothing here is made from a model by introspection, so a new column stays private until
somebody lists it.
"""
