-- One format with many fields, each of them large.
-- ends: memory
local text = ("x"):rep(1000000)
local fields = {}
for i = 1, 50 do fields[i] = text end
return #(("%s"):rep(50)):format(table.unpack(fields))
