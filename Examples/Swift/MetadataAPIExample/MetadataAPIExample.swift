import ExampleOrg
import Foundation
import HTTPTypes
import JWTBearer
import MetadataAPI

/// Lists the Apex classes of an org and retrieves them into a folder.
///
/// `MetadataAPI` creates the bytes of SOAP calls, parses the replies, and determines the next step. The program sends
/// and receives. The library has no call that changes an org.
@main
struct MetadataAPIExample {
    static func main() async throws {
        try await ExampleOrg.run { org in
            let calls = Calls(org: org, sessionID: try await org.accessToken())
            let version = try await calls.highestVersion()
            let manifest = try await inventory(calls, version)
            print("API \(version): \(manifest.memberCount) components of \(manifest.types.joined(separator: ", "))")
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            let outcome = try await retrieve(manifest, into: folder, calls)
            print("\(outcome.fileCount) files, with a package.xml of \(outcome.manifest.memberCount) components")
            try FileManager.default.removeItem(at: folder)
        }
    }

    /// Lists components until the inventory has no outstanding calls, and returns a manifest of what it found.
    private static func inventory(_ calls: Calls, _ version: APIVersion) async throws -> PackageManifest {
        let types = try await calls.send(.describeMetadata(asOf: version), version, .describeMetadata())
        var inventory = Inventory(of: types, version: version, options: .init(types: ["ApexClass"]))
        while let batch = inventory.outstanding.first {
            let rows = try await calls.send(.listMetadata(batch, asOf: version), version, .listMetadata())
            try inventory.record(.listed(rows), of: batch)
        }
        guard let manifest = inventory.manifest else {
            throw ExampleFailure(description: "The org has no type \(inventory.unknownTypes.joined(separator: ", ")).")
        }
        return manifest
    }

    /// Follows the steps of the state machine until the archive has arrived, and unpacks it.
    private static func retrieve(
        _ manifest: PackageManifest, into folder: URL, _ calls: Calls
    ) async throws -> MetadataFolder.Outcome {
        let target = try MetadataFolder(target: folder.path, suffix: "0123456789abcdef")
        let archive = try FileHandle.temporary()
        let spool = ZipSpool(fileDescriptor: archive.fileDescriptor)
        let version = manifest.version
        var retrieval = Retrieval()
        while true {
            switch retrieval.step {
            case .sendRetrieve:
                retrieval = try retrieval.after(
                    .accepted(try await calls.send(.retrieve(manifest), version, .retrieve())))
            case .poll(let id, let seconds):
                try await Task.sleep(for: .seconds(seconds))
                let call = SOAPCall.checkRetrieveStatus(id, includeZip: false)
                let result = try await calls.send(call, version, .checkRetrieveStatus())
                retrieval = try retrieval.after(.init(result, askedForArchive: false))
            case .fetchArchive(let id):
                retrieval = try retrieval.after(.deliveryBegan)
                let call = SOAPCall.checkRetrieveStatus(id, includeZip: true)
                let result = try await calls.send(call, version, .checkRetrieveStatus { try spool.write($0) })
                retrieval = try retrieval.after(.init(result, askedForArchive: true))
            case .awaitArchive: retrieval = try retrieval.after(.connectionLost)
            case .finished:
                try target.add(ZipArchive(fileDescriptor: archive.fileDescriptor))
                return try target.commit()
            case .failed(let failure): throw ExampleFailure(description: failure.description)
            }
        }
    }
}

/// Sends calls to the org.
private struct Calls {
    let org: ExampleOrg
    let sessionID: String

    func send<Reply>(_ call: SOAPCall, _ version: APIVersion, _ reader: ReplyReader<Reply>) async throws -> Reply {
        var head = org.head(.post, SOAPEnvelope.path(version))
        head.headerFields[.contentType] = SOAPEnvelope.contentType
        head.headerFields[HTTPField.Name("SOAPAction")!] = SOAPEnvelope.soapAction
        let request = OutgoingRequest(head, body: try SOAPEnvelope(call, client: "example").body(sessionID: sessionID))
        let response = try await org.transport.send(
            request, within: ExchangeLimits(bodyBytes: 64 << 20, total: .seconds(120)))
        for try await piece in response.body { try reader.feed(piece) }
        do { return try reader.finish() } catch let fault as SOAPFault {
            throw ExampleFailure(description: "The org refused \(call.operation): \(fault.code), \(fault.string)")
        }
    }

    func highestVersion() async throws -> APIVersion {
        let response = try await org.transport.send(
            OutgoingRequest(org.head(.get, "/services/data"), isRead: true), within: .answer)
        guard let version = APIVersion.highest(inVersionList: try await response.collect()) else {
            throw ExampleFailure(description: "The org lists no API version.")
        }
        return version
    }
}

extension Retrieval {
    fileprivate func after(_ event: Event) throws -> Retrieval {
        var copy = self
        try copy.apply(event)
        return copy
    }
}

extension FileHandle {
    /// Returns an open file without a name. The system removes it when it is closed.
    fileprivate static func temporary() throws -> FileHandle {
        let place = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data().write(to: place)
        let file = try FileHandle(forUpdating: place)
        try FileManager.default.removeItem(at: place)
        return file
    }
}
