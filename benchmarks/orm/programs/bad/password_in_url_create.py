"""The password is an argument of URL.create."""

# /// label
# on = ["pymysql"]
# static = true
# run = "source"
# replace = [["from sqlalchemy import", "import os\n\nfrom sqlalchemy import"], ["password=\"hunter2-hunter2\"", "password=os.environ.get(\"DB_PASSWORD\")"]]
# ///

from sqlalchemy import URL, create_engine


url = URL.create(
    "mysql+pymysql",
    username="app",
    password="hunter2-hunter2",  #! credentials-in-source
    host="127.0.0.1",
    database="shop",
)
engine = create_engine(url, pool_recycle=1800)
