-- Shuts guests down tier by tier: the next tier begins when the one before it is down.
--
--   vmmlua run staged-shutdown 'web-*, app-* then db-*'
--   vmmlua run staged-shutdown 'web-* then db-*' timeout=5m force=true --allow vmm.power_off
--
-- The guests of a tier are asked together to shut down, and waited for. Guests that are down already are fine. Where
-- one doesn't stop in time the script fails, says what is still up, and leaves the later tiers as they are. With
-- force=true it cuts that guest's power instead, and goes on.
--
-- needs: vmm.power_off (with force=true)

local args = script.args {
  { "tiers", help = "names or patterns of guests, with commas between; 'then' begins the next tier" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop" },
  { "force", type = "boolean", default = false, help = "cut the power of a guest that doesn't stop" },
}
if args.force and not script.allows("vmm.power_off") then error("force=true needs --allow vmm.power_off", 0) end

-- Which guests? Everything is looked up before anything is shut down, so that a slip of the pen stops nothing.

local function words(text, separator)
  local found = {}
  for word in (text .. separator):gmatch("(.-)" .. separator) do table.insert(found, word:match("^%s*(.-)%s*$")) end
  return found
end

local tiers = {}
for number, tier in ipairs(words(args.tiers, " then ")) do
  tiers[number] = words(tier, ",")
  for _, name in ipairs(tiers[number]) do
    if #vmm.list { name = name } == 0 then error(("no guest is called '%s'"):format(name), 0) end
  end
end

-- Shut them down.

local may_force = { timeout = true, task_failed = true }

local function stop(guest)
  local ok, problem = pcall(function() vmm.wait_task(vmm.shutdown(guest), { timeout = args.timeout }) end)
  if ok then return end
  if not (args.force and may_force[problem.kind]) then error(problem, 0) end
  log.warn("cutting the power of " .. guest.guest_name .. ": " .. problem.message)
  vmm.wait_task(vmm.power_off(guest, { force = true }))
end

for number, names in ipairs(tiers) do
  local guests = vmm.list { name = names }
  local still_up = {}
  async.map(guests, { limit = #guests }, function(guest)
    local ok, problem = pcall(stop, guest)
    if not ok then
      table.insert(still_up, guest.guest_name)
      log.error(guest.guest_name .. " was not stopped: " .. tostring(problem))
    end
  end)
  if #still_up > 0 then
    print(("tier %d: still up: %s"):format(number, table.concat(still_up, ", ")))
    for later = number + 1, #tiers do
      print(("tier %d: not touched: %s"):format(later, table.concat(tiers[later], ", ")))
    end
    error(("tier %d of %d is not down"):format(number, #tiers), 0)
  end
  print(("tier %d: down: %s"):format(number, tostring(guests)))
end
