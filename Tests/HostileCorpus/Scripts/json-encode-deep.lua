-- A table nested a hundred thousand deep would use up the stack of an encoder.
-- ends: error
local list = {}
for _ = 1, 100000 do list = { list } end
return json.encode(list)
