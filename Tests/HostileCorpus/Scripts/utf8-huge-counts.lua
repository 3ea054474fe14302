-- The utf8 functions count through a long string, over and over.
-- ends: cpu
local text = ("\u{20AC}"):rep(1000000)
while true do
  assert(utf8.len(text) == 1000000)
  assert(utf8.offset(text, math.maxinteger) == nil)
  assert(utf8.offset(text, math.mininteger) == nil)
end
