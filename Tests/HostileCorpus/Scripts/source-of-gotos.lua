-- Thousands of gotos are waiting for one label: the parser takes each out of its list by moving all others.
-- ends: cpu
local source = ("goto e "):rep(32000) .. "::e::"
while true do
  load(source)
end
