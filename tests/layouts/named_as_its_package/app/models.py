TABLES = ["orders"]
