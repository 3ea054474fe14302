-- Each task spawns two more.
-- ends: coroutines
local function breed()
  async.spawn(breed)
  async.spawn(breed)
end
breed()
