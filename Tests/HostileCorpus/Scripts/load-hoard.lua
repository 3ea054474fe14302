-- Functions with large constants are loaded and kept.
-- ends: memory
local kept = {}
while true do
  kept[#kept + 1] = load("return [[" .. #kept .. ("c"):rep(200000) .. "]]")
end
