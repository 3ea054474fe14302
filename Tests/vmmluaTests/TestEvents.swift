import VirtualMachines

@testable import VMMScripting

/// The events of a run that began at two in the night.
enum TestEvents {
    static func time(_ second: Int) -> Timestamp { Timestamp(sinceEpoch: .seconds(7_200 + second)) }

    static func report(
        _ name: String,
        _ operationClass: OperationClass,
        _ guest: String?,
        number: Int = 1,
        since start: Int = 0,
        at second: Int = 0
    ) -> OperationReport {
        OperationReport(
            id: OperationID(path: .root, sequence: number),
            name: name,
            operationClass: operationClass,
            guest: guest,
            subject: nil,
            start: time(start),
            time: time(second)
        )
    }

    static func task(
        _ action: PowerAction,
        _ guest: String,
        _ status: TaskStatus,
        id: GuestID? = nil,
        changed: Bool = true
    ) -> Answer {
        .task(
            PowerTask(
                id: "t",
                guestID: id ?? GuestID(rawValue: "id-" + guest),
                guestName: guest,
                action: action,
                status: status,
                changed: changed
            )
        )
    }

    /// A shutdown that the NAS accepts, whose wait is operation `number + 1`.
    static func shutdown(_ guest: String, number: Int = 1, at second: Int = 0) -> [RunEvent] {
        [
            .began(report("vmm.shutdown", .write, guest, number: number, since: second, at: second)),
            .ended(
                report("vmm.shutdown", .write, guest, number: number, since: second, at: second),
                .success(task(.shutdown, guest, .running))
            ),
            .began(report("vmm.wait_task", .wait, guest, number: number + 1, since: second, at: second)),
        ]
    }

    static func waited(
        _ guest: String,
        number: Int = 2,
        at second: Int,
        _ result: Result<Answer, ScriptError>? = nil
    ) -> RunEvent {
        .ended(
            report("vmm.wait_task", .wait, guest, number: number, at: second),
            result ?? .success(task(.shutdown, guest, .completed))
        )
    }

    static func step(
        _ name: String,
        _ id: Int,
        of parent: Int? = nil,
        guest: String? = nil,
        since start: Int = 0,
        at second: Int? = nil
    ) -> StepReport {
        StepReport(
            id: id,
            parent: parent,
            path: .root,
            name: name,
            guest: guest,
            start: time(start),
            time: time(second ?? start)
        )
    }
}
