from fastapi import Depends, FastAPI, HTTPException

app = FastAPI()


@app.delete("/{x}")
async def delete(x: int, current_user: User = Depends(get_current_user)):
    if current_user.role != "manager":
        raise HTTPException(status_code=403, detail="Managers only, whoever they are")
