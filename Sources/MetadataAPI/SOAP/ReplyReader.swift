/// Reads the reply to one call as its bytes arrive.
///
/// Give it the body of a reply whatever its HTTP status: a fault is found in a 500 and in a 200. Then ``finish()``
/// tells what was said. A reader reads one reply, in one task.
public final class ReplyReader<Reply> {
    private let xml: XMLPushReader
    private let handler: SOAPReplyHandler
    private let reply: () throws -> Reply

    init(_ content: any ReplyContent, reply: @escaping () throws -> Reply) {
        handler = SOAPReplyHandler(content: content)
        xml = XMLPushReader(handler: handler)
        self.reply = reply
    }

    /// - Throws: ``XMLRefusal`` or ``ReplyError``, or what a sink threw. The reply is then not to be trusted.
    public func feed(_ bytes: UnsafeRawBufferPointer) throws { try xml.feed(bytes) }

    public func feed(_ bytes: some Sequence<UInt8>) throws {
        let done: Void? = try bytes.withContiguousStorageIfAvailable { try xml.feed(UnsafeRawBufferPointer($0)) }
        if done == nil { try Array(bytes).withUnsafeBytes { try xml.feed($0) } }
    }

    /// - Throws: ``SOAPFault`` when the org refused the call, ``XMLRefusal`` when the reply ended too early,
    ///   ``ReplyError`` when it is not the reply to this call.
    public func finish() throws -> Reply {
        try xml.finish()
        try handler.checkOutcome()
        return try reply()
    }
}

/// How many records of one kind a reply may have. The most that was ever seen of one type is 100,001.
let replyRecordLimit = 250_000

extension ReplyContent {
    func begin(_ path: String, isNil: Bool) throws -> XMLTextBound { .bounded }
    func stream(_ bytes: UnsafeRawBufferPointer) throws {}
}

/// The fields of one record, by name, until it is complete.
struct ReplyFields {
    private var values: [String: String] = [:]

    mutating func set(_ name: some StringProtocol, _ value: String?) {
        if let value { values[String(name)] = value }
    }

    mutating func reset() { values.removeAll(keepingCapacity: true) }

    /// `nil` when the element is absent, nil or empty.
    func text(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    func required(_ name: String) throws(ReplyError) -> String {
        guard let value = text(name) else { throw .missing(name) }
        return value
    }

    /// `xsd:boolean`; `nil` when absent.
    func flag(_ name: String) throws(ReplyError) -> Bool? {
        switch text(name) {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        default: throw .unreadable(element: name)
        }
    }
}
