"""PyMySQL gives up connecting after ten seconds, and waits for an answer without end."""

# /// label
# on = ["pymysql"]
# static = true
# run = "source"
# replace = [["TLS = {\"ca\": \"/etc/ssl/certs/ca-certificates.crt\"}", "TLS = {\"ca\": \"/etc/ssl/certs/ca-certificates.crt\"}\nLIMITS = {\"read_timeout\": 30}"], ["{\"ssl\": TLS}", "{\"ssl\": TLS, **LIMITS}"]]
# ///

from sqlalchemy import create_engine


TLS = {"ca": "/etc/ssl/certs/ca-certificates.crt"}
engine = create_engine(  #! no-timeout
    "mysql+pymysql://app@db.example.com/shop",
    connect_args={"ssl": TLS},
    pool_pre_ping=True,
)
