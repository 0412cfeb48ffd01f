internal import Crypto
package import Foundation

/// A block that the store could not take, because its disk was full: it holds all the same.
package struct BlockOrder: Codable, Sendable, Equatable {
    /// `nil`: every app.
    package var appIDs: [String]?
    package let reason: String
    package let principal: Principal
    package let orderedAt: Date

    package func covers(_ appID: String) -> Bool { appIDs?.contains(appID) ?? true }
}

/// Keeps a block order where the store cannot. Every signature and every hand-out looks here first.
package protocol BlockOrders: Sendable {
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` where the order was not written by aprity.
    func pending() throws -> BlockOrder?
    /// Needs no free space.
    func give(_ order: BlockOrder) throws
    func clear() throws
}

/// One file of a fixed size, which is written in place: that works on a full disk.
package struct BlockOrderFile: BlockOrders {
    private static let size = 4096
    private let path: String
    private let ring: MasterKeyRing

    /// What lies in the file before the blanks.
    private struct Signed: Codable {
        let order: Data
        let masterKeyID: String
        let tag: Data
    }

    /// - Parameter path: Made where it is missing and there is space.
    package init(path: String, ring: MasterKeyRing) {
        self.path = path
        self.ring = ring
        if access(path, F_OK) != 0 { try? OutputFile.create(path, content: Self.blank, mode: 0o600) }
    }

    private static var blank: [UInt8] { [UInt8](repeating: UInt8(ascii: "\n"), count: size) }

    package func pending() throws -> BlockOrder? {
        let bytes: [UInt8]
        do { bytes = try InputFile(path).read(atMost: Self.size) } catch {
            // Never made, because there was no space: then it holds nothing.
            guard error.cause == .fileMissing else { throw error }
            return nil
        }
        let text = bytes.filter { $0 != UInt8(ascii: "\n") }
        guard !text.isEmpty else { return nil }
        guard let signed = try? JSONDecoder().decode(Signed.self, from: Data(text)),
            HMAC<SHA256>.isValidAuthenticationCode(
                signed.tag, authenticating: Self.covered(signed.order),
                using: try ring.key(signed.masterKeyID).recordKey),
            let order = try? JSONDecoder().decode(BlockOrder.self, from: signed.order)
        else { throw ConnectedAppError(.recordAltered, subject: path) }
        return order
    }

    package func give(_ order: BlockOrder) throws {
        let encoded = try JSONEncoder().encode(order)
        // A master key that left the file would leave an order that no new process can read.
        ring.refresh()
        let master = ring.active
        let tag = Data(HMAC<SHA256>.authenticationCode(for: Self.covered(encoded), using: master.recordKey))
        let text = try JSONEncoder().encode(Signed(order: encoded, masterKeyID: master.id, tag: tag))
        guard text.count <= Self.size else {
            // More apps than have room: then all of them. Too much blocked can be mended, too little can not.
            var all = order
            all.appIDs = nil
            guard order.appIDs != nil else {
                throw ConnectedAppError(.inputMalformed, detail: "The reason is too long.")
            }
            return try give(all)
        }
        try overwrite(Array(text) + Self.blank.dropFirst(text.count))
    }

    package func clear() throws { try overwrite(Self.blank) }

    private func overwrite(_ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw ConnectedAppError(.outputCannotBeCreated, subject: path) }
        defer { close(descriptor) }
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count, fsync(descriptor) == 0 else {
            throw ConnectedAppError(
                errno == ENOSPC ? .diskFull : .inputOutput, subject: path,
                evidence: ["errno": String(cString: strerror(errno))])
        }
    }

    private static func covered(_ order: Data) -> Data {
        var fields = FramedFields(["aprity block order 1"])
        fields.append([UInt8](order))
        return Data(fields.bytes)
    }
}
