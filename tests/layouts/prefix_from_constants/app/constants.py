VERSION = "v1"
PREFIX = "/api/" + VERSION
