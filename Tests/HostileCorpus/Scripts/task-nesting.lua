-- Each task spawns one inside itself and waits for it, to a depth that the scheduler must bound.
-- ends: error
local function descend()
  async.spawn(descend):await()
end
descend()
