-- A long text of tiny values is decoded over and over.
-- ends: cpu
local text = "[" .. ("[],"):rep(10000) .. "0]"
while true do
  json.decode(text)
end
