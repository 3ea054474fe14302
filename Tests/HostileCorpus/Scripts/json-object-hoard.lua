-- Objects are kept without end, each with what is noted of it beside it.
-- ends: memory
local list = {}
while true do list[#list + 1] = json.object{ text = ("x"):rep(10000) .. #list } end
