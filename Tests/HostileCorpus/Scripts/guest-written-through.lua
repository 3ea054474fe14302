-- The fields behind a guest's table are looked for by every way around its metatable.
-- ends: done
local guest = vmm.get("web-1")
local id = guest.guest_id
for _, write in ipairs {
  function() guest.guest_id = "x" end, function() rawset(guest, "guest_id", "x") end,
  function() setmetatable(guest, nil) end, function() table.insert(guest, "x") end,
  function() local _, fields = pairs(guest); fields.guest_id = "x" end,
  function() getmetatable(guest).__index = nil end, function() table.move({ "x" }, 1, 1, 1, guest) end,
} do
  assert(not pcall(write))
end
for key in next, guest do assert(type(key) == "string") end
return guest.guest_id == id and rawlen(guest) == 0 and #guest == 0
