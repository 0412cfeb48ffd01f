internal import CXML2
internal import Glibc

/// The parts of an element's start tag that this module uses.
package struct XMLElementStart {
    /// The namespace URI; `nil` if the element has no namespace.
    package let namespace: String?
    package let localName: String
    /// Whether the attribute `xsi:nil` is `true` or `1`.
    package let isNil: Bool
    /// The names of the attributes without a namespace. Namespace declarations are not included.
    package let plainAttributes: [String]
    /// The line number, from 1.
    let line: Int
}

/// The limit for the text of an element.
package enum XMLTextBound {
    /// At most ``XMLPushReader/textLimit`` bytes.
    case bounded
    /// No limit, because the handler does not store the text.
    ///
    /// Most of the text bypasses the parser, which would check each character. Therefore the handler itself must reject
    /// characters that XML does not allow in text, as a base64 decoder does.
    case streamed
}

/// Handles the parser events of a document. An error stops the parser, and ``XMLPushReader/feed(_:)`` or
/// ``XMLPushReader/finish()`` throws it.
package protocol XMLEventHandler: AnyObject {
    /// Begins an element, and returns the limit for its text.
    func begin(_ element: XMLElementStart) throws -> XMLTextBound
    /// Receives a piece of the innermost open element's text in UTF-8. A text can arrive in any number of pieces.
    func text(_ bytes: UnsafeRawBufferPointer) throws
    /// Ends the innermost open element.
    func end() throws
}

/// Parses a document as its bytes arrive. Rejects what a reply or a `package.xml` never has: a document type, entities,
/// processing instructions, encodings other than UTF-8, deep nesting, and very long tags and texts.
///
/// Uses libxml2's push parser without network access, entity substitution or the raised limits of `XML_PARSE_HUGE`.
/// Memory use does not depend on the length of the document. After an error, every further call throws the same error.
/// Use one reader per document, in one task.
package final class XMLPushReader {
    /// The most elements that can be nested.
    static let depthLimit = 64
    /// The longest text of one element in bytes, 1 MiB.
    static let textLimit = 1 << 20
    /// The longest tag or comment in bytes.
    static let markupLimit = 128 << 10
    /// The most bytes that the parser gets at once. The limits are checked after each slice.
    private static let sliceSize = 32 << 10
    private static let libraryIsReady: Void = xmlInitParser()

    private let receiver: SAXReceiver
    private let context: xmlParserCtxtPtr?
    private var prolog = XMLProlog()

    /// The line at which a callback rejected the document; `nil` if none did.
    var lineOfRefusal: Int? { receiver.failureLine }

    package init(handler: any XMLEventHandler) {
        _ = XMLPushReader.libraryIsReady
        let receiver = SAXReceiver(handler: handler)
        // The parser guesses the encoding from the first four bytes. Four spaces prevent that.
        let spaces: StaticString = "    "
        var callbacks = SAXReceiver.callbacks
        context = spaces.utf8Start.withMemoryRebound(to: CChar.self, capacity: 4) { start in
            xmlCreatePushParserCtxt(&callbacks, Unmanaged.passUnretained(receiver).toOpaque(), start, 4, nil)
        }
        if let context { xmlCtxtUseOptions(context, CInt(XML_PARSE_NONET.rawValue)) }
        receiver.context = context
        self.receiver = receiver
    }

    deinit {
        if let context { xmlFreeParserCtxt(context) }
    }

    /// Parses the next bytes of the document.
    ///
    /// - Throws: ``XMLError``, or an error of the handler.
    package func feed(_ bytes: UnsafeRawBufferPointer) throws {
        try receiver.rethrow()
        do {
            if prolog.isComplete {
                try parse(bytes)
            } else if let passed = try prolog.process(bytes) {
                try passed.withUnsafeBytes { try parse($0) }
            }
        } catch {
            receiver.failure = error
            throw error
        }
    }

    /// Ends the document.
    ///
    /// - Throws: ``XMLError``, for example if the document is incomplete.
    package func finish() throws {
        try receiver.rethrow()
        do {
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            if !prolog.isComplete, let passed = try prolog.process(nothing, isLast: true) {
                try passed.withUnsafeBytes { try parse($0) }
            }
            try parseSlice(nothing, isLast: true)
        } catch {
            receiver.failure = error
            throw error
        }
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) throws {
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            var count = try streamText(at: rest)
            if count == 0 {
                count = min(rest.count, XMLPushReader.sliceSize)
                try parseSlice(UnsafeRawBufferPointer(rebasing: rest[..<count]), isLast: false)
            }
            start += count
        }
    }

    /// Passes the text at the beginning of the bytes to the handler directly, if the innermost element streams its text and
    /// the parser has processed everything before.
    ///
    /// - Returns: The number of bytes up to the next markup or reference, which the parser must see; 0 if the parser must
    ///   see the text itself.
    private func streamText(at bytes: UnsafeRawBufferPointer) throws -> Int {
        // In a CDATA section the parser is in another state: "]]>" ends it.
        guard receiver.isStreaming, let context, context.pointee.instate == XML_PARSER_CONTENT,
            let input = context.pointee.input, input.pointee.cur == input.pointee.end
        else { return 0 }
        let text = UnsafeRawBufferPointer(rebasing: bytes[..<XMLPushReader.lengthOfText(bytes)])
        guard !text.isEmpty else { return 0 }
        input.pointee.line += CInt(truncatingIfNeeded: text.count { $0 == UInt8(ascii: "\n") })
        receiver.handle { try receiver.text(text) }
        try receiver.rethrow()
        return text.count
    }

    /// The number of bytes before the first `<` or `&`.
    private static func lengthOfText(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        var length = bytes.count
        for end in [UInt8(ascii: "<"), UInt8(ascii: "&")] {
            if let found = memchr(start, CInt(end), length) { length = UnsafeRawPointer(found) - start }
        }
        return length
    }

    private func parseSlice(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws {
        guard let context else { throw XMLError.outOfMemory }
        receiver.bytesSinceEvent += bytes.count
        let code = withExtendedLifetime(receiver) {
            xmlParseChunk(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count), isLast ? 1 : 0)
        }
        try receiver.rethrow()
        if code != 0 || receiver.errorCode != 0 {
            throw XMLError.malformed(
                line: receiver.errorLine, code: receiver.specificCode(for: max(Int(code), receiver.errorCode)))
        }
        if receiver.bytesSinceEvent > XMLPushReader.markupLimit {
            throw XMLError.markupTooLong(limit: XMLPushReader.markupLimit)
        }
    }
}

/// Receives libxml2's callbacks, enforces the limits, and passes the events to the handler.
private final class SAXReceiver {
    struct OpenElement {
        let localName: String
        let bound: XMLTextBound
        /// The length of the text so far.
        var textBytes = 0
    }

    let handler: any XMLEventHandler
    /// Owned by ``XMLPushReader``, which outlives every callback.
    var context: xmlParserCtxtPtr?
    var failure: (any Error)?
    private(set) var failureLine: Int?
    var errorLine = 0
    /// The code of the first error that the parser reported. `xmlParseChunk` does not return namespace errors.
    var errorCode = 0
    /// The number of bytes passed to the parser since its last event, which is the length of an unfinished tag so far.
    var bytesSinceEvent = 0
    private var openElements: [OpenElement] = []
    private var hasRoot = false

    init(handler: any XMLEventHandler) { self.handler = handler }

    /// Whether the innermost open element streams its text.
    var isStreaming: Bool { openElements.last?.bound == .streamed }

    func rethrow() throws {
        if let failure { throw failure }
    }

    /// Handles an event unless an earlier one failed. The first failure stops the parser.
    func handle(_ event: () throws -> Void) {
        bytesSinceEvent = 0
        guard failure == nil else { return }
        do {
            try event()
        } catch {
            failure = error
            if let context {
                failureLine = Int(xmlSAX2GetLineNumber(context))
                xmlStopParser(context)
            }
        }
    }

    /// Distinguishes the errors for which the parser has only the code `XML_ERR_DOCUMENT_END`; see
    /// ``XMLError/malformed(line:code:)``.
    func specificCode(for code: Int) -> Int {
        guard code == Int(XML_ERR_DOCUMENT_END.rawValue) else { return code }
        if !hasRoot { return Int(XML_ERR_DOCUMENT_EMPTY.rawValue) }
        return openElements.isEmpty ? code : Int(XML_ERR_TAG_NOT_FINISHED.rawValue)
    }

    func begin(_ element: XMLElementStart) throws {
        hasRoot = true
        guard openElements.count < XMLPushReader.depthLimit else {
            throw XMLError.tooDeep(limit: XMLPushReader.depthLimit)
        }
        let bound = try handler.begin(element)
        openElements.append(OpenElement(localName: element.localName, bound: bound))
    }

    func text(_ bytes: UnsafeRawBufferPointer) throws {
        guard let last = openElements.indices.last else { return }
        openElements[last].textBytes += bytes.count
        switch openElements[last].bound {
        case .streamed: break
        case .bounded:
            guard openElements[last].textBytes <= XMLPushReader.textLimit else {
                throw XMLError.textTooLong(element: openElements[last].localName, limit: XMLPushReader.textLimit)
            }
        }
        try handler.text(bytes)
    }

    func end() throws {
        openElements.removeLast()
        try handler.end()
    }
}

extension SAXReceiver {
    static func from(_ pointer: UnsafeMutableRawPointer?) -> SAXReceiver? {
        pointer.map { Unmanaged<SAXReceiver>.fromOpaque($0).takeUnretainedValue() }
    }

    static func string(_ pointer: UnsafePointer<xmlChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    /// The callbacks for the parser. All others stay unset, so the parser builds no tree and loads no external subset.
    static var callbacks: xmlSAXHandler {
        var callbacks = xmlSAXHandler()
        callbacks.initialized = UInt32(XML_SAX2_MAGIC)
        callbacks.startElementNs = { pointer, name, _, uri, _, _, attributeCount, _, attributes in
            guard let receiver = SAXReceiver.from(pointer) else { return }
            receiver.handle {
                try receiver.begin(
                    XMLElementStart(
                        namespace: uri.map { String(cString: $0) }, localName: SAXReceiver.string(name),
                        isNil: SAXReceiver.hasNilAttribute(attributes, count: Int(attributeCount)),
                        plainAttributes: SAXReceiver.plainNames(attributes, count: Int(attributeCount)),
                        line: receiver.context.map { Int(xmlSAX2GetLineNumber($0)) } ?? 0))
            }
        }
        callbacks.endElementNs = { pointer, _, _, _ in
            guard let receiver = SAXReceiver.from(pointer) else { return }
            receiver.handle { try receiver.end() }
        }
        let text: charactersSAXFunc = { pointer, start, count in
            guard let receiver = SAXReceiver.from(pointer) else { return }
            receiver.handle { try receiver.text(UnsafeRawBufferPointer(start: start, count: Int(count))) }
        }
        callbacks.characters = text
        callbacks.ignorableWhitespace = text
        callbacks.cdataBlock = text
        callbacks.comment = { pointer, _ in SAXReceiver.from(pointer)?.handle {} }
        callbacks.processingInstruction = { pointer, target, _ in
            let name = SAXReceiver.string(target)
            SAXReceiver.from(pointer)?.handle { throw XMLError.processingInstruction(name) }
        }
        callbacks.internalSubset = { pointer, _, _, _ in
            SAXReceiver.from(pointer)?.handle { throw XMLError.documentType }
        }
        callbacks.getEntity = { pointer, name in
            let name = SAXReceiver.string(name)
            SAXReceiver.from(pointer)?.handle { throw XMLError.entityReference(name) }
            return nil
        }
        // Without this callback, the library writes its errors to standard error.
        callbacks.serror = { pointer, error in
            guard let receiver = SAXReceiver.from(pointer), let error, receiver.errorCode == 0,
                error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue
            else { return }
            receiver.errorCode = Int(error.pointee.code)
            receiver.errorLine = Int(error.pointee.line)
        }
        return callbacks
    }

    private static func plainNames(
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int
    ) -> [String] {
        guard let attributes, count > 0 else { return [] }
        return (0..<count).map { attributes + 5 * $0 }.filter { $0[2] == nil }.map { string($0[0]) }
    }

    /// Whether `xsi:nil` is true. Each attribute has five pointers: local name, prefix, URI, start and end of the
    /// value.
    static func hasNilAttribute(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int) -> Bool {
        guard let attributes else { return false }
        for index in 0..<count {
            let attribute = attributes + 5 * index
            guard string(attribute[0]) == "nil", string(attribute[2]) == XMLNamespace.schemaInstance,
                let start = attribute[3], let end = attribute[4]
            else { continue }
            let value = String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
            return value == "true" || value == "1"
        }
        return false
    }
}
