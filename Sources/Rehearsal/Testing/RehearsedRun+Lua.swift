import LuaRuntime
import VMMScripting
import VirtualMachines

extension RehearsedRun {
    /// The run as a test sees it: `{ok, error, output, operations, elapsed, exit_code}`.
    func luaValue(exitCode: Int) -> LuaValue {
        var table = LuaTable([
            "ok": .boolean(error == nil), "output": .string(printed), "elapsed": .number((end - start).inSeconds),
            "exit_code": .integer(Int64(exitCode)), "operations": .table(LuaTable(elements: operations)),
        ])
        if let error { table["error"] = .table(error.luaErrorFields) }
        return .table(table)
    }

    /// In the order in which they began.
    private var operations: [LuaValue] {
        var places: [OperationID: Int] = [:]
        var operations: [LuaTable] = []
        for event in events {
            switch event {
            case .began(let report):
                places[report.id] = operations.count
                operations.append(describe(report, isDone: false))
            case .ended(let report, let result):
                let isDone = if case .success = result { true } else { false }
                if let place = places[report.id] { operations[place] = describe(report, isDone: isDone) }
            default: break
            }
        }
        return operations.map(LuaValue.table)
    }

    private func describe(_ report: OperationReport, isDone: Bool) -> LuaTable {
        var table = LuaTable([
            "name": .string(report.name.trimmingPrefix("vmm.").description),
            "at": .number((report.start - start).inSeconds), "task": .string(report.id.path.description),
            "ok": .boolean(isDone),
        ])
        if let guest = report.guest { table["guest"] = .string(guest) }
        return table
    }
}
