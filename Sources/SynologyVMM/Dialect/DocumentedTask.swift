import VirtualMachines

extension TaskReport {
    /// Reads a task as `Get` of the documented dialect gives it.
    ///
    /// Throws `badAnswer`, also for a report on another task than the one that was asked about.
    init(documented answer: AnswerReader, _ id: TaskID) throws(VMMError) {
        let answered = try answer.nonEmptyString("task_id")
        guard answered == id.rawValue else { throw answer.stranger("task", asked: id.rawValue, answered: answered) }
        let word = try answer.string("status")
        guard let status = TaskStatus(rawValue: word) else {
            throw answer.wrong("status", expected: "running, completed, failed or cancelled")
        }
        self.init(
            id: id,
            status: status,
            progress: answer.percent("progress"),
            operation: try answer.optionalString("operation"),
            guestID: try answer.optionalID("guest_id").map(GuestID.init(rawValue:)),
            failure: Self.failure(answer.value["error"])?.asPartOfMessage
        )
    }

    /// Why a task failed; the document says that something stands there, not what.
    static func failure(_ error: JSONValue?) -> String? {
        switch error {
        case nil, .null?: return nil
        case .string(let text)?: return text
        case .object(let object)?:
            if case .string(let text)? = object["message"] { return text }
            guard case .integer(let code)? = object["code"] else { return JSONValue.object(object).text }
            return "error \(code)"
        case .some(let other): return other.text
        }
    }
}
