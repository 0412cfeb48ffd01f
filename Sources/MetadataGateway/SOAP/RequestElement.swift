internal import MetadataAPI

/// An element of a request, with its text and children.
final class RequestElement {
    let namespace: String?
    let name: String
    private(set) var children: [RequestElement] = []
    /// Without the white space around it. An element with children has none.
    private(set) var text = ""

    private init(_ start: XMLElementStart) { (namespace, name) = (start.namespace, start.localName) }

    func children(named name: String) -> [RequestElement] { children.filter { $0.name == name } }

    /// Parses a document. ``XMLPushReader`` rejects what no request needs: document types, entities, processing instructions, other
    /// encodings, and deep nesting.
    ///
    /// - Throws: ``Refusal``.
    static func parse(_ bytes: [UInt8]) throws(Refusal) -> RequestElement {
        let builder = Builder()
        let reader = XMLPushReader(handler: builder)
        do {
            try bytes.withUnsafeBytes { try reader.feed($0) }
            try reader.finish()
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.readOnly, "The envelope could not be parsed, so the call is not known to be harmless.")
        }
        guard let root = builder.root else { throw Refusal(.readOnly, "The body has no envelope.") }
        return root
    }

    private final class Builder: XMLEventHandler {
        /// The most elements of a request. A package with that many members has a megabyte.
        private static let most = 60_000

        private(set) var root: RequestElement?
        /// An element whose end was not read yet.
        private struct Open {
            let element: RequestElement
            var text: [UInt8] = []
            /// Whether its text is only white space. Kept, because to look again for each child would take as long as the text.
            var isBlank = true
        }

        private var open: [Open] = []
        private var count = 0

        func begin(_ start: XMLElementStart) throws -> XMLTextBound {
            // Attributes such as `href` make a part of the document stand for another one.
            guard start.plainAttributes.isEmpty else {
                throw Refusal(.readOnly, "Elements of a call have no attributes.")
            }
            count += 1
            guard count <= Self.most else { throw Refusal(.notAllowed, "The call has too many elements.") }
            let element = RequestElement(start)
            if let parent = open.last {
                guard parent.isBlank else { throw Self.mixed }
                // An element that is nil is like none. What is in it has to be parsed all the same.
                if !start.isNil { parent.element.children.append(element) }
            } else {
                root = element
            }
            open.append(Open(element: element))
            return .bounded
        }

        func text(_ bytes: UnsafeRawBufferPointer) throws {
            guard !open.isEmpty else { return }
            let last = open.count - 1
            open[last].text.append(contentsOf: bytes)
            if open[last].isBlank { open[last].isBlank = bytes.allSatisfy(\.isSpace) }
        }

        func end() throws {
            guard let ended = open.popLast() else { return }
            let element = ended.element
            let content = ended.text.drop(while: \.isSpace)
            let last = content.lastIndex { !$0.isSpace }
            guard let last else { return }
            guard element.children.isEmpty, let text = String(validating: content[...last], as: UTF8.self) else {
                throw Self.mixed
            }
            element.text = text
        }

        private static let mixed = Refusal(.readOnly, "An element of a call has either text or elements.")
    }
}

extension UInt8 {
    /// White space of XML.
    fileprivate var isSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}
