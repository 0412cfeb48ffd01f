internal import FileSystem
internal import Foundation
internal import MetadataAPI

/// Removes Consumer Secrets from the archive in an answer to `checkRetrieveStatus`.
///
/// The archive is kept in a temporary file without a name, because what is in it is known at its end only.
struct ArchiveRewriting {
    /// - Parameters:
    ///   - pieces: Calls its argument with the pieces of the answer, in order.
    ///   - send: Receives the answer without secrets.
    /// - Throws: ``ConnectedAppError``, ``ZipError``, ``SecretBlankingError`` or ``ReplyError``; nothing was sent then, unless the archive
    ///   is damaged. Also the errors of the arguments.
    func write(
        pieces: (([UInt8]) async throws -> Void) async throws -> Void, to send: @escaping ([UInt8]) async throws -> Void
    ) async throws {
        let file = try ArchiveFile(in: NSTemporaryDirectory())
        let spool = ZipSpool(fileDescriptor: file.descriptor)
        let reader = ReplyReader<RetrieveResult>.checkRetrieveStatus { try spool.write($0) }
        var frame = ArchiveFrame()
        try await pieces { piece in
            try reader.feed(piece)
            try frame.feed(piece)
        }
        let size: Int
        do { size = try reader.finish().archiveBytes } catch is SOAPFault { size = 0 }
        // The parser and the search for the element must agree about whether there is an archive.
        guard (size > 0) == frame.hasContent else { throw ConnectedAppError(.answerUnintelligible) }
        try await send(frame.before)
        if size > 0 {
            var encoder = Base64Pieces()
            var copy = ArchiveBlanking { try await send(encoder.feed($0)) }
            try await copy.copy(try ZipArchive(fileDescriptor: file.descriptor))
            try await send(encoder.finish())
        }
        try await send(frame.after)
    }
}

/// An answer without the content of its `zipFile` element.
private struct ArchiveFrame {
    private static let (start, end) = (Array("<zipFile>".utf8), Array("</zipFile>".utf8))
    /// In bytes. An answer lists up to 10,000 files.
    private static let longest = 16 << 20

    private enum Place {
        case before, inside, after
    }

    private(set) var before: [UInt8] = []
    private(set) var after: [UInt8] = []
    private(set) var hasContent = false
    private var place = Place.before

    mutating func feed(_ piece: [UInt8]) throws {
        for byte in piece { take(byte) }
        guard before.count + after.count <= Self.longest else { throw ConnectedAppError(.answerTooLarge) }
    }

    private mutating func take(_ byte: UInt8) {
        switch place {
        case .before:
            before.append(byte)
            if byte == UInt8(ascii: ">"), before.suffix(Self.start.count).elementsEqual(Self.start) { place = .inside }
        case .inside where byte == UInt8(ascii: "<"):
            place = .after
            after.append(byte)
        case .inside: hasContent = true
        case .after: after.append(byte)
        }
    }
}

/// Encodes bytes in Base64 as they arrive.
private struct Base64Pieces {
    private var held: [UInt8] = []

    mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
        let all = held + bytes
        let whole = all.count - all.count % 3
        held = Array(all[whole...])
        return [UInt8](Data(all[..<whole]).base64EncodedData())
    }

    func finish() -> [UInt8] { [UInt8](Data(held).base64EncodedData()) }
}
