import VirtualMachines

extension SynologyClient {
    /// Reads a list of guests that came as one answer: what ``guests()`` does with it, for measuring.
    ///
    /// Throws `badAnswer`.
    package static func guests(inListAnswer bytes: [UInt8]) throws(VMMError) -> [Guest] {
        let call = DocumentedDialect().list(offset: 0, limit: .max, additional: false)
        let envelope = try WebAPIEnvelope(bytes, from: "the NAS", api: call.api, method: call.method)
        guard case .success(let data?) = envelope else {
            throw VMMError(.badAnswer, "the answer is not a list of guests", api: call.api, method: call.method)
        }
        var listing = GuestListing()
        let page = try call.read(AnswerReader(value: data, api: call.api, method: call.method))
        guard case .done(let guests) = try listing.receive(page) else {
            throw VMMError(.badAnswer, "the answer is not the whole list", api: call.api, method: call.method)
        }
        return guests
    }
}
