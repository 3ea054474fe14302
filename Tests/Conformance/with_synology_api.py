"""PyPI's `synology-api`, which speaks the public dialect, does what works in it with what the simulator has.

What doesn't work in version 0.9.4 lies in the client: `get_vm_operation` unpacks each guest as a pair, `set_vm_property`
gives up when it is told a number of CPUs, and `delete_image` asks for `create`.
"""

import os
import time

from simulated_nas import DB_1, PATIENCE, WEB_1, WEB_2, SimulatedNAS
from synology_api.exceptions import VirtualizationError
from synology_api.virtualization import Virtualization


def names(answer: dict, kind: str, field: str) -> list[str]:
    return [element[field] for element in answer["data"][kind]]


with SimulatedNAS("synology-api") as nas:
    os.environ["REQUESTS_CA_BUNDLE"] = str(nas.certificate_file)
    client = Virtualization(
        nas.host, str(nas.port), nas.account, nas.password, secure=True, cert_verify=True, debug=False
    )
    nas.check("logs in over HTTPS", bool(client.session.sid and client.session.syno_token))

    def guest(identity: str) -> dict:
        return client.get_specific_vm_info(guest_id=identity)["data"]

    def becomes(status: str, identity: str) -> str:
        """The guest's status, once it is `status` or time is up."""
        deadline = time.monotonic() + PATIENCE
        while guest(identity)["status"] != status and time.monotonic() < deadline:
            time.sleep(0.05)
        return guest(identity)["status"]

    nas.check("lists hosts", names(client.get_host_operation(), "hosts", "host_name"), ["nas-1"])
    nas.check("lists storages", names(client.get_storage_operation(), "storages", "storage_name"), ["volume 1"])
    nas.check("lists networks", names(client.get_network_group_list(), "networks", "network_name"), ["default"])
    nas.check("lists images", names(client.get_images_list(), "images", "image_name"), ["debian-12"])

    client.create_image(
        storage_names="volume 1", type="iso", ds_file_path="/isos/debian-13.iso", image_name="debian-13"
    )
    nas.check(
        "creates an image", names(client.get_images_list(), "images", "image_name"), ["debian-12", "debian-13"]
    )

    nas.check("reads a guest by id", guest(WEB_1)["guest_name"], "web-1")
    nas.check("reads a guest by name", client.get_specific_vm_info(guest_name="web-1")["data"]["guest_id"], WEB_1)

    nas.check("finds web-2 off", guest(WEB_2)["status"], "shutdown")
    client.set_vm_property(
        guest_id=WEB_2, autorun=2, description="set by synology-api", new_guest_name="shop", vram_size=2048
    )
    changed = guest(WEB_2)
    nas.check(
        "sets a guest's properties",
        [changed[field] for field in ("autorun", "description", "guest_name", "vram_size")],
        [2, "set by synology-api", "shop", 2048],
    )

    client.vm_power_on(guest_name="shop", host_name="nas-1")
    nas.check("powers on a guest", becomes("running", WEB_2), "running")
    client.vm_shut_down(guest_id=WEB_2)
    nas.check("shuts down a guest", becomes("shutdown", WEB_2), "shutdown")
    nas.check("finds web-1 on", guest(WEB_1)["status"], "running")
    client.vm_force_power_off(guest_id=WEB_1)
    nas.check("cuts a guest's power", becomes("shutdown", WEB_1), "shutdown")

    tasks = client.get_task_list()["data"]["tasks"]
    nas.check("lists tasks", len(tasks) > 0)
    nas.check("reads a task", client.get_task_info(tasks[0])["data"]["finish"])
    client.clear_task(tasks[0])
    nas.check("clears a task", tasks[0] in client.get_task_list()["data"]["tasks"], False)

    client.vm_force_power_off(guest_id=DB_1)
    becomes("shutdown", DB_1)
    client.delete_vm(guest_id=DB_1)
    try:
        guest(DB_1)
        nas.check("deletes a guest", "it is still there", "it is gone")
    except VirtualizationError as error:
        nas.check("deletes a guest, which it then can't read", error.error_code, 401)

    client.logout()
    nas.check_calls(
        ("create", ""),
        ("set", WEB_2),
        ("poweron", ""),
        ("shutdown", WEB_2),
        ("poweroff", WEB_1),
        ("clear", ""),
        ("poweroff", DB_1),
        ("delete", DB_1),
        refused=("SYNO.Virtualization.API.Guest get",),
    )
