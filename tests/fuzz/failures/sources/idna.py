# coding: idna
print(1)
