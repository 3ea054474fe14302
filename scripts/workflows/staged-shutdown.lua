-- Shuts guests down tier by tier: the next tier begins when the one before it is down.
--
--   vmmlua run staged-shutdown 'web-*, app-* then db-*'
--   vmmlua run staged-shutdown 'web-* then db-* then *' timeout=5m force=true --allow vmm.power_off
--
-- The guests of a tier are asked together to shut down, and waited for. Guests that are down already are fine; one that
-- several tiers name goes with the first. Where one doesn't stop in time the script fails, says what is still up, and
-- leaves the later tiers as they are. With force=true it cuts that guest's power instead, and goes on. Of two runs at once,
-- the second waits for the first, for `wait`, or ends with exit code 75.
--
-- needs: vmm.power_off (with force=true)

local a = script.args {
  { "tiers", help = "names or patterns of guests, with commas between; 'then' begins the next tier" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop" },
  { "force", type = "boolean", default = false, help = "cut the power of a guest that doesn't stop" },
  { "wait", type = "duration", default = "0s", help = "how long to wait for another run of this workflow" },
}

flow.lock("staged-shutdown", { wait = a.wait }, function()
  -- Which guests? Everything is looked up before anything is shut down, so that a slip of the pen stops nothing.

  local all = vmm.list()
  local tiers, rest = {}, all

  for tier in (a.tiers .. " then "):gmatch("(.-)%s+then%s+") do
    local names = {}
    for name in tier:gmatch("[^,]+") do
      name = name:match("^%s*(.-)%s*$")
      if #all:where { name = name } == 0 then error(("no guest is called '%s'"):format(name), 0) end
      table.insert(names, name)
    end
    local number, guests = #tiers + 1, rest:where { name = names }
    if #guests == 0 then error(("tier %d has no guest of its own"):format(number), 0) end
    rest = rest:without(guests)

    local uncuttable = guests:where { where = function(g) return not script.allows("vmm.power_off:" .. g.guest_name) end }
    if a.force and #uncuttable > 0 then
      error(("force=true needs --allow vmm.power_off for %s"):format(uncuttable), 0)
    end

    tiers[number] = {
      guests = guests,
      ready = function() -- called when all of the tier are down
        print(("tier %d: down: %s"):format(number, guests))
        return true
      end,
    }
  end

  -- Shut them down.

  -- The tiers from there on that have guests which are not down yet, as the argument is written.
  local function rest_of(tally)
    local left = {}
    for _, tier in ipairs(tiers) do
      local names = tier.guests:without(tally.done):names()
      if #names > 0 then table.insert(left, table.concat(names, ", ")) end
    end
    return table.concat(left, " then ")
  end

  local ok, problem = pcall(flow.tiers, tiers, function(guest)
    flow.stop(guest, { timeout = a.timeout, force = a.force })
  end)
  if ok then return end
  -- A name that reads as something else in `tiers` can't be put there.
  local is_plain = #all:where { where = function(g) return g.guest_name:find("[%*%?,\\]") or g.guest_name:find("%sthen%s") end } == 0
  if problem.kind == "batch_failed" and is_plain then
    problem.hint = "go on with "
      .. script.command("staged-shutdown", { tiers = rest_of(problem), timeout = a.timeout, force = a.force })
  end
  error(problem, 0)
end)
