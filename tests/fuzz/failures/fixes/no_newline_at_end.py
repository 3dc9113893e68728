from fastapi import FastAPI

app = FastAPI()


@app.post("/x", status_code=201)
def f():
    return 1
