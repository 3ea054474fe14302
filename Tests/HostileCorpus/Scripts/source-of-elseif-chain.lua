-- An if statement with thousands of branches, whose exits the parser links one by one.
-- ends: cpu
local source = "local a if a then " .. ("elseif a then "):rep(18000) .. "end"
while true do
  load(source)
end
