-- Restarts running guests, a few at a time.
--
--   vmmlua run rolling-restart 'web-*, app-1' batch=2
--   vmmlua run rolling-restart 'web-*' batch=25% pause=30s health=http://{name}/ok --allow net
--   vmmlua run rolling-restart 'db-*' health={name}:5432 --allow net:10.0.0.0/8:5432
--
-- Each guest is asked to shut down, waited for, started again and waited for; with `health`, it must answer too before
-- the next batch begins. Guests that aren't running stay as they are, and count as out of service: with batch=1, one that
-- crashed before keeps the others from being restarted. After a failure no further guest is begun, but those under way are
-- seen to their end, so that none stays down for the sake of another; then the script fails. Two runs at once would take
-- more than a batch out of service, so the second waits for the first, for `wait`, or ends with exit code 75.
--
-- needs: net (with health)

local a = script.args {
  { "name", default = "web-*", help = "which guests: names or patterns such as web-*, with commas between" },
  { "batch", type = "share", default = 1, help = "how many at a time: a number, or a percentage such as 25%" },
  { "timeout", type = "duration", default = "10m", help = "how long a guest may take to stop, to start, to answer" },
  { "pause", type = "duration", default = "0s", help = "how long to wait between batches" },
  { "health", default = "", help = "what must answer: a URL such as http://{name}/ok, or {name}:5432" },
  { "wait", type = "duration", default = "0s", help = "how long to wait for another run of this workflow" },
}

flow.lock("rolling-restart", { wait = a.wait }, function()
  -- Which guests? All of them, so that those that are down already count.

  local all, guests = vmm.list(), nil
  for name in a.name:gmatch("[^,]+") do
    name = name:match("^%s*(.-)%s*$")
    local named = all:where { name = name }
    if #named == 0 then
      local running = all:where { status = "running" }
      local those = #running > 0 and ("running are %s"):format(running) or "no guest is running"
      error(("no guest is called '%s'; %s"):format(name, those), 0)
    end
    guests = guests and guests:union(named) or named
  end
  local running = guests:where { status = "running" }
  if #running == 0 then error(("none of %s is running"):format(guests), 0) end

  local function health(guest)
    local target = a.health:gsub("{name}", { ["{name}"] = guest.guest_name })
    local host, port = target:match("^([^/]+):(%d+)$")
    if host then return probe.tcp(host, tonumber(port)) end
    return probe.http(target)
  end

  -- Asked once beforehand, so that a probe that isn't allowed, or a URL that is none, is told before a guest is touched.
  -- What it answers doesn't matter yet: a guest that is ill may be why it is to be restarted.
  if a.health ~= "" then async.map(running, health) end

  -- Restart them.

  local restarted, was_restarted = {}, {} -- names, and by id

  flow.defer(function() -- said however it ends
    table.sort(restarted)
    if #restarted > 0 then print("restarted:    " .. table.concat(restarted, ", ")) end
  end)

  local function restart(guest)
    local change = flow.restart(guest, { timeout = a.timeout, start_timeout = a.timeout })
    if change.changed then
      table.insert(restarted, guest.guest_name)
      was_restarted[guest.guest_id] = true
    end
    return change
  end

  -- One that didn't run has stayed as it was: nothing answers there.
  local function is_healthy(guest)
    if not was_restarted[guest.guest_id] then return true end
    return health(guest)
  end

  local ok, problem = pcall(flow.rolling, guests, {
    batch = a.batch,
    pause = a.pause,
    health = a.health ~= "" and is_healthy or nil,
    health_timeout = a.timeout,
  }, restart)
  if ok then return end
  -- A name that reads as a pattern or as several can't be put into the command.
  local is_plain = #guests:where { where = function(g) return g.guest_name:find("[%*%?,\\]") end } == 0
  if problem.kind == "batch_failed" and #problem.skipped > 0 and is_plain then
    -- Those that are down or have failed are named as well, so that they count.
    local left = guests:where { where = function(guest) return not was_restarted[guest.guest_id] end }
    problem.hint = "see to what is down, then go on with " .. script.command("rolling-restart", {
      name = table.concat(left:names(), ", "), batch = a.batch, timeout = a.timeout,
      pause = a.pause > 0 and a.pause or nil, health = a.health ~= "" and a.health or nil,
    })
  end
  error(problem, 0)
end)
