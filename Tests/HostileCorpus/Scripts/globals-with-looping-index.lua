-- The globals get a metatable, and reading a name that isn't there never ends.
-- ends: cpu
setmetatable(_G, {
  __index = function()
    while true do end
  end,
})
print(#vmm.list())
return undefined_name
