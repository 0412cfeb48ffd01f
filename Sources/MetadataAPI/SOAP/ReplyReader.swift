/// Parses the reply to one call as its bytes arrive.
///
/// Feed it the body of a reply with any HTTP status, because a fault can have status 500 or 200. Then call ``finish()``
/// for the result. Use one reader per reply, in one task.
public final class ReplyReader<Reply> {
    private let xml: XMLPushReader
    private let handler: SOAPReplyHandler
    private let reply: () throws -> Reply

    init(_ content: any ReplyContent, reply: @escaping () throws -> Reply) {
        handler = SOAPReplyHandler(content: content)
        xml = XMLPushReader(handler: handler)
        self.reply = reply
    }

    /// Parses the next bytes of the reply.
    ///
    /// - Throws: ``XMLError``, ``ReplyError``, or an error of a sink. Every later call then throws the same error.
    public func feed(_ bytes: some Sequence<UInt8>) throws {
        let done: Void? = try bytes.withContiguousStorageIfAvailable { try xml.feed(UnsafeRawBufferPointer($0)) }
        if done == nil { try Array(bytes).withUnsafeBytes { try xml.feed($0) } }
    }

    /// Ends the reply and returns it. Call it once, after the last bytes.
    ///
    /// - Throws: ``SOAPFault`` if the org refused the call, ``XMLError`` if the reply is incomplete, ``ReplyError``
    ///   if it is not a reply to this call.
    public func finish() throws -> Reply {
        try xml.finish()
        try handler.checkOutcome()
        return try reply()
    }
}

/// The largest number of records in a reply. The longest listing known for one type has 100,001.
let replyRecordLimit = 250_000

extension ReplyContent {
    func begin(_ path: String, isNil: Bool) throws -> XMLTextBound { .bounded }
    func stream(_ bytes: UnsafeRawBufferPointer) throws {}
}

/// The fields of a record that is being read, by name. If a field is repeated, the last value counts.
struct ReplyFields {
    private var values: [String: String] = [:]

    mutating func set(_ name: some StringProtocol, _ value: String?) {
        if let value { values[String(name)] = value }
    }

    mutating func reset() { values.removeAll(keepingCapacity: true) }

    /// Returns the text of a field, or `nil` if the element is missing, nil or empty.
    func text(_ name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// - Throws: ``ReplyError/missing(_:)`` if the element is missing, nil or empty.
    func required(_ name: String) throws(ReplyError) -> String {
        guard let value = text(name) else { throw .missing(name) }
        return value
    }

    /// Returns the value of an `xsd:boolean` field, or `nil` if it is missing.
    ///
    /// - Throws: ``ReplyError/unreadable(element:)`` if it is not a boolean.
    func flag(_ name: String) throws(ReplyError) -> Bool? {
        switch text(name) {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        default: throw .unreadable(element: name)
        }
    }
}
