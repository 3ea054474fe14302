-- A reader function gives pieces that double each time.
-- ends: source
local piece = " "
load(function()
  piece = piece .. piece
  return piece
end)
