-- A closing variable goes on working when the script is killed.
-- ends: cpu
local guard <close> = setmetatable({}, {
  __close = function()
    while true do end
  end,
})
while true do end
