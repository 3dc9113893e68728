from fastapi.testclient import TestClient

x = str(x)
TestClient(app).get(x)


def test_a(client):
    client.get(str(x))
