"""PyPI's `py-synologydsm-api`, which speaks the internal dialect, logs in, lists, and turns guests on and off."""

import asyncio
import ssl
import time

import aiohttp
from simulated_nas import PATIENCE, WEB_1, WEB_2, SimulatedNAS
from synology_dsm import SynologyDSM


async def operate(nas: SimulatedNAS) -> None:
    trust = ssl.create_default_context(cadata=nas.certificate)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
        client = SynologyDSM(session, nas.host, nas.port, nas.account, nas.password, use_https=True)
        nas.check("logs in over HTTPS", await client.login())
        machines = client.virtual_machine_manager

        async def becomes(status: str, identity: str) -> str:
            """The guest's status, once it is `status` or time is up."""
            deadline = time.monotonic() + PATIENCE
            await machines.update()
            while machines.get_guest(identity).status != status and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
                await machines.update()
            return machines.get_guest(identity).status

        await machines.update()
        guests = machines.get_all_guests()
        nas.check("lists guests", [guest.name for guest in guests], ["web-1", "web-2", "db-1"])
        nas.check("reads memory in KiB", machines.get_guest(WEB_1).vram_size, 2048 * 1024)
        nas.check("reads a description", machines.get_guest(WEB_2).description, "shop #web")

        nas.check("finds web-2 off", machines.get_guest(WEB_2).status, "shutdown")
        nas.check("is told that power on goes well", await machines.guest_poweron(WEB_2))
        nas.check("powers on a guest", await becomes("running", WEB_2), "running")

        nas.check("is told that a reboot goes well", await machines.guest_restart(WEB_2))
        nas.check("reboots a guest, which leaves off running", await becomes("booting", WEB_2), "booting")
        nas.check("reboots a guest, which then runs again", await becomes("running", WEB_2), "running")

        nas.check("is told that a shutdown goes well", await machines.guest_shutdown(WEB_2))
        nas.check("shuts down a guest", await becomes("shutdown", WEB_2), "shutdown")

        nas.check("finds web-1 on", machines.get_guest(WEB_1).status, "running")
        nas.check("is told that power off goes well", await machines.guest_poweroff(WEB_1))
        nas.check("cuts a guest's power", await becomes("shutdown", WEB_1), "shutdown")
        nas.check("logs out", await client.logout())


with SimulatedNAS("py-synologydsm-api") as nas:
    asyncio.run(operate(nas))
    nas.check_calls(("poweron", WEB_2), ("reboot", WEB_2), ("shutdown", WEB_2), ("poweroff", WEB_1))
