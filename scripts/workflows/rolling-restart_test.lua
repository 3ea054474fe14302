-- The writes of a run, as "shutdown web-1, power_on web-1"; those of the same moment by name, as any order of them is right.
local function writes(run)
  local found, words = {}, {}
  for _, o in ipairs(run.operations) do
    if o.name == "shutdown" or o.name == "power_on" then table.insert(found, o) end
  end
  local function text(o) return o.name .. " " .. o.guest end
  table.sort(found, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return text(a) < text(b)
  end)
  for i, o in ipairs(found) do words[i] = text(o) end
  return table.concat(words, ", ")
end

local function cluster()
  sim.cluster {
    guests = {
      { guest_name = "web-1", status = "running" },
      { guest_name = "web-2", status = "running" },
      { guest_name = "web-3", status = "running" },
      { guest_name = "web-4", status = "stopped" },
      { guest_name = "db-1", status = "running" },
    },
    timings = { boot = "20s", shutdown = "15s" },
  }
end

describe("rolling-restart", function()
  it("restarts one batch after the other, and leaves those that don't run", function()
    cluster()
    local run = sim.run("rolling-restart.lua", { args = { "web-*", "batch=2" } })
    expect(run.exit_code):equals(0)
    expect(run.output):equals("restarted:    web-1, web-2, web-3\n")
    -- web-4 is out of service already, so one more at a time may be
    expect(writes(run)):equals(
      "shutdown web-1, power_on web-1, shutdown web-2, power_on web-2, shutdown web-3, power_on web-3")
    expect(sim.guest("web-4").status):equals("stopped")
  end)

  it("takes several names and patterns", function()
    cluster()
    local run = sim.run("rolling-restart.lua", { args = { "web-1, db-*" } })
    expect(run.output):equals("restarted:    db-1, web-1\n")
  end)

  it("counts a guest that is down already as out of service", function()
    cluster()
    local run = sim.run("rolling-restart.lua", { args = { "web-*" } })
    expect(run.exit_code):equals(1)
    expect(run.error.message):contains("1 of the 4 guests are out of service (web-4), as many as the batch of 1 allows")
    expect(writes(run)):equals("")
  end)

  it("waits for another run of it, or ends", function()
    cluster()
    local first = sim.start("rolling-restart.lua", { args = { "web-*", "batch=2" } })
    local second = sim.run("rolling-restart.lua", { args = { "web-*", "batch=2" } })
    expect(second.exit_code):equals(75)
    expect(writes(second)):equals("")
    local third = sim.run("rolling-restart.lua", { args = { "web-*", "batch=2", "wait=10m" } })
    expect(third.exit_code):equals(0)
    expect(first:result().exit_code):equals(0)
  end)

  it("pauses between batches", function()
    cluster()
    local without = sim.run("rolling-restart.lua", { args = { "web-1, web-2, web-3" } })
    cluster()
    local with = sim.run("rolling-restart.lua", { args = { "web-1, web-2, web-3", "pause=1m" } })
    expect(with.elapsed - without.elapsed >= 119):equals(true) -- two pauses
  end)

  it("begins no guest after a failure, and says what was restarted", function()
    cluster()
    sim.fault { on = "shutdown", guest = "web-2", kind = "task_failed" }
    local run = sim.run("rolling-restart.lua", { args = { "web-*", "batch=2" } })
    expect(run.exit_code):equals(1)
    expect(run.error.kind):equals("batch_failed")
    expect(run.error.message):contains("web-2")
    expect(run.error.message):contains("not begun: web-3")
    expect(run.error.hint):equals("see to what is down, then go on with "
      .. "vmmlua run rolling-restart batch=2 'name=web-2, web-3, web-4' timeout=600")
    expect(run.output):equals("restarted:    web-1\n")
    expect(sim.guest("web-3").status):equals("running")
  end)

  it("waits until a guest answers, and ends with one that doesn't", function()
    cluster()
    sim.probe(function(kind, target) return not target:find("web-2", 1, true) end)
    local run = sim.run("rolling-restart.lua", {
      args = { "web-*", "health={name}:443", "timeout=2m", "batch=2" },
      allow = { "vmm.*", "net" },
    })
    expect(run.error.kind):equals("batch_failed")
    expect(run.error.message):contains("web-2 (not healthy after 2m: the test says that nothing answers)")
    expect(writes(run)):equals("shutdown web-1, power_on web-1, shutdown web-2, power_on web-2")
  end)

  it("touches nothing where health isn't allowed, or is no target", function()
    cluster()
    local forbidden = sim.run("rolling-restart.lua", { args = { "health=http://{name}/ok" } })
    expect(forbidden.error.kind):equals("permission_denied")
    expect(writes(forbidden)):equals("")
    local malformed = sim.run("rolling-restart.lua", { args = { "health={name}/ok" }, allow = { "vmm.*", "net" } })
    expect(malformed.error.kind):equals("bad_argument")
    expect(writes(malformed)):equals("")
  end)

  it("says what runs where nothing of that name does", function()
    cluster()
    local run = sim.run("rolling-restart.lua", { args = { "wbe-*" } })
    expect(run.exit_code):equals(1)
    expect(run.error.message):contains("no guest is called 'wbe-*'; running are db-1, web-1, web-2, web-3")
    local down = sim.run("rolling-restart.lua", { args = { "web-4" } })
    expect(down.error.message):contains("none of web-4 is running")
    expect(sim.run("rolling-restart.lua", { args = { "batch=0" } }).exit_code):equals(2)
  end)
end)
