-- On battery: has every guest down within a deadline, as many as possible by an orderly shutdown.
--
--   vmmlua run ups-shutdown within=8m --allow vmm.power_off
--   vmmlua run ups-shutdown within=8m last='dns, db-*' --allow vmm.power_off
--
-- Guests tagged #first in their description are shut down first, those tagged #last or named by `last` when the rest
-- are down. A tier that isn't down after its part of the time holds up the next one no longer, but its guests are asked
-- again until the deadline. What is still up shortly before that has its power cut, and the script fails. It says how
-- each guest ended. Ctrl-C cuts nobody's power.
--
-- needs: vmm.power_off

local a = script.args {
  { "within", type = "duration", default = "8m", help = "when everything must be down" },
  { "last", default = "", help = "names or patterns of guests that go down last, with commas between" },
  { "reserve", type = "duration", default = "30s", help = "how long before the deadline power is cut" },
}
if a.reserve >= a.within then error("within must be longer than the reserve", 0) end
if not script.allows("vmm.power_off") then error("this needs --allow vmm.power_off", 0) end

local function is_up(guest) return guest.status ~= "stopped" and guest.status ~= "crashed" end

-- Which guests, and in which order?

local all = vmm.list()
local up = all:where { where = is_up }

-- The documented dialect tells no descriptions: nobody is tagged there, and `last` names them.
local function tagged(tag)
  return up:where { where = function(g) return g.description ~= nil end }:where { tag = tag }
end
local last = tagged("last")
for name in a.last:gmatch("[^,]+") do
  name = name:match("^%s*(.-)%s*$")
  -- Elsewhere a slip of the pen is an error. On battery, the other guests matter more.
  if #all:where { name = name } == 0 then log.warn(("no guest is called '%s'"):format(name)) end
  last = last:union(up:where { name = name })
end
local first = tagged("first"):without(last)

local tiers = {}
for _, tier in ipairs {
  { name = "first", guests = first },
  { name = "middle", guests = up:without(first):without(last) },
  { name = "last", guests = last },
} do
  if #tier.guests > 0 then table.insert(tiers, tier) end
end
if #tiers == 0 then
  print("every guest is down already")
  return
end

-- Shut them down. No lock: on battery nobody waits for another run, and two that shut down the same guests don't harm.

local patience = (a.within - a.reserve) / #tiers -- equal parts; what a tier leaves over is for those that are late
local stopped = {} -- by id: what went down by itself

-- Asks a guest until it is down: it may be busy or asleep, or the NAS may be. What goes wrong with it is no error, as
-- it must not keep the others from their orderly end.
local function bring_down(guest, time)
  pcall(flow.wait_for, { timeout = time, every = "15s" }, function()
    if stopped[guest.guest_id] then return true end
    local ok, problem = pcall(flow.stop, guest, { timeout = patience })
    stopped[guest.guest_id] = ok
    return ok or problem.kind == "not_found" -- one that is gone needs no shutdown
  end)
end

flow.defer(function(problem) -- said however it ends
  local before, now = all:without(up), vmm.list()
  local still_up = now:where { where = is_up }
  local orderly = now:without(still_up):where { where = function(guest) return stopped[guest.guest_id] end }
  local function say(what, guests)
    if #guests > 0 then print(what .. tostring(guests)) end
  end
  say("down before:  ", before)
  say("shut down:    ", orderly)
  say("power cut:    ", now:without(still_up):without(orderly):without(before))
  say("still up:     ", still_up)
  say("gone:         ", all:without(now))
  if not problem and #still_up > 0 then error(("%s is still up"):format(still_up), 0) end
end)

flow.deadline(a.within, { reserve = a.reserve, force = up }, function()
  flow.tiers(tiers, function(guest) bring_down(guest, patience) end)
  async.map(up, { limit = #up }, function(guest) bring_down(guest, math.huge) end)
end)
