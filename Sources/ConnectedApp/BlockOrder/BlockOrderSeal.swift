internal import Crypto
internal import Foundation

/// Encodes and authenticates the order file: JSON with an HMAC under the master key, padded to a fixed size with line
/// breaks.
struct BlockOrderSeal: Sendable {
    /// The size of the file in bytes.
    static let size = 4096
    private static let fill = UInt8(ascii: "\n")
    /// The placeholder in a file that replaces the order file, until the first state is written to it.
    static let unfinished = padded(Array("unfinished".utf8))

    let ring: MasterKeyRing

    enum Content {
        /// There is no file, or it is empty.
        case missing
        /// A writer has not finished yet, or crashed.
        case unfinished
        /// The former format. It has no state, and at most one order.
        case legacy(BlockOrder?)
        case state(BlockOrderState)
    }

    /// The JSON in the file; the property names must not change.
    private struct Signed: Codable {
        /// A ``BlockOrderState``; in the former format, a ``BlockOrder``.
        var state: Data?
        var order: Data?
        let masterKeyID: String
        /// HMAC-SHA256 over a text that names the format, and over the encoded state or order.
        let tag: Data
    }

    /// Decodes the content of the file.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if aprity did not write the bytes under a known master
    ///   key.
    func opened(_ bytes: [UInt8]) throws -> Content {
        // A writer created the file and crashed before it wrote.
        guard !bytes.isEmpty else { return .missing }
        // In the former format, a file without an order consisted of line breaks only.
        guard bytes.contains(where: { $0 != Self.fill }) else { return .legacy(nil) }
        guard bytes != Self.unfinished else { return .unfinished }
        let text = bytes.prefix { $0 != Self.fill }
        guard let signed = try? JSONDecoder().decode(Signed.self, from: Data(text)) else { throw Self.foreign }
        let master = try key(signed.masterKeyID)
        func isOurs(_ covered: Data) -> Bool {
            HMAC<SHA256>.isValidAuthenticationCode(signed.tag, authenticating: covered, using: master.recordKey)
        }
        if let encoded = signed.state, isOurs(Self.covered("aprity block order 2", encoded)),
            let state = try? JSONDecoder().decode(BlockOrderState.self, from: encoded)
        {
            return .state(state)
        }
        if let encoded = signed.order, isOurs(Self.covered("aprity block order 1", encoded)),
            let order = try? JSONDecoder().decode(BlockOrder.self, from: encoded)
        {
            return .legacy(order)
        }
        throw Self.foreign
    }

    private func key(_ id: String) throws(ConnectedAppError) -> MasterKey {
        do { return try ring.key(id) } catch {
            throw .orderFileAltered(
                "The block order file was written under master key \(id), which is not the store's.")
        }
    }

    /// The error for content that is not authentic.
    static var foreign: ConnectedAppError {
        .orderFileAltered("aprity did not write the content of the block order file.")
    }

    /// Encodes and authenticates a state, with the active master key.
    ///
    /// - Returns: ``size`` bytes. If the orders do not fit, only the last order, widened to block every app.
    /// - Throws: ``ConnectedAppError`` with `.inputMalformed` if the reason is too long.
    func sealed(_ state: BlockOrderState) throws -> [UInt8] {
        // If the master key file cannot be read, use the loaded keys: a block must not fail for that.
        ring.refresh()
        let master = ring.active
        let encoded = try JSONEncoder().encode(state)
        let tag = HMAC<SHA256>.authenticationCode(
            for: Self.covered("aprity block order 2", encoded), using: master.recordKey)
        let text = try JSONEncoder().encode(
            Signed(state: encoded, order: nil, masterKeyID: master.id, tag: Data(tag)))
        guard text.count < Self.size else {
            // Blocking too much can be undone; blocking too little cannot.
            guard var order = state.orders.last, state.orders.count > 1 || order.appIDs != nil else {
                throw ConnectedAppError(.inputMalformed, detail: "The reason is too long. Give a shorter one.")
            }
            order.appIDs = nil
            return try sealed(BlockOrderState(fileID: state.fileID, number: state.number, orders: [order]))
        }
        return Self.padded(Array(text))
    }

    private static func padded(_ text: [UInt8]) -> [UInt8] {
        text + [UInt8](repeating: fill, count: size - text.count)
    }

    private static func covered(_ purpose: String, _ encoded: Data) -> Data {
        var fields = FramedFields([purpose])
        fields.append([UInt8](encoded))
        return Data(fields.bytes)
    }
}
