internal import Foundation

/// An order to block apps. It is in force before the store has it.
///
/// `aprity block` writes the order to a small file first, so the block holds even if the store is locked, full or
/// damaged. Every process reads that file before it signs or hands out a token.
///
/// Stored in that file; the property names must not change.
package struct BlockOrder: Codable, Sendable, Equatable {
    /// `nil`: every app.
    var appIDs: [String]?
    let reason: String
    let principal: Principal
    let orderedAt: Date

    init(appIDs: [String]?, reason: String, principal: Principal, orderedAt: Date) {
        self.appIDs = appIDs
        self.reason = reason
        self.principal = principal
        self.orderedAt = orderedAt
    }

    func covers(_ appID: String) -> Bool { appIDs?.contains(appID) ?? true }

    /// The block to store for each app that the order covers.
    var block: Block { Block(reason: reason, principal: principal, orderedAt: orderedAt) }
}

extension [BlockOrder] {
    /// The first order that blocks an app. Its reason is the one shown.
    func first(covering appID: String) -> BlockOrder? { first { $0.covers(appID) } }
    var coverEveryApp: Bool { contains { $0.appIDs == nil } }
}

/// The content of the order file. A state without orders is authenticated too, so nobody can erase an order without the
/// master key.
///
/// Stored in the order file; the property names must not change.
package struct BlockOrderState: Codable, Sendable, Equatable {
    /// 32 random hexadecimal digits. The store knows the id, so the file of another store is rejected.
    package let fileID: String
    /// How many orders were ever written to this file. It never decreases.
    package let number: Int
    /// The newest orders, oldest first. They remain after the store has applied them, until the next order is written.
    let orders: [BlockOrder]

    package init(fileID: String, number: Int, orders: [BlockOrder]) {
        self.fileID = fileID
        self.number = number
        self.orders = orders
    }

    /// The state after one more order.
    ///
    /// - Parameter waiting: Orders that the store may not have applied yet. Other orders of this state are dropped.
    package func adding(_ order: BlockOrder, to waiting: [BlockOrder]) -> BlockOrderState {
        BlockOrderState(fileID: fileID, number: number + 1, orders: waiting + [order])
    }
}

/// What the store knows about the order file. Stored; the property names must not change.
package struct BlockOrderMark: Codable, Sendable, Equatable {
    package let fileID: String
    /// The number of the newest order that the store has applied. It changes in the same transaction as the blocks, so
    /// an order counts as applied exactly when its blocks are in the store.
    let carriedOut: Int

    package init(fileID: String, carriedOut: Int) {
        self.fileID = fileID
        self.carriedOut = carriedOut
    }

    /// The orders of the file if the store lacks the newest; otherwise none. Some may have been applied already. Oldest
    /// first.
    ///
    /// - Parameter state: The state in the file; `nil` if the file is missing.
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if the file is missing, belongs to another store, or is
    ///   older than this mark. A file with another id whose orders cover every app is accepted: it can only block.
    func pendingOrders(in state: BlockOrderState?) throws(ConnectedAppError) -> [BlockOrder] {
        guard let state else { throw .orderFileAltered("The block order file is missing.") }
        if state.fileID != fileID {
            guard state.orders.coverEveryApp else {
                throw .orderFileAltered("The block order file belongs to another store.")
            }
            return state.orders
        }
        guard state.number >= carriedOut else {
            throw .orderFileAltered(
                "The block order file ends with order \(state.number), but the store has already applied order \(carriedOut)."
            )
        }
        return state.number > carriedOut ? state.orders : []
    }
}

extension ConnectedAppError {
    /// - Parameter what: A sentence that says what is wrong with the file.
    static func orderFileAltered(_ what: String) -> ConnectedAppError {
        ConnectedAppError(
            .blockMayBeLost, detail: "\(what) A block may be lost, so aprity signs nothing.",
            evidence: ["blockOrderFile": what])
    }
}

/// What a command could find out about the store's ``BlockOrderMark``.
package enum StoreOrderMark: Sendable, Equatable {
    /// The store cannot be read.
    case unknown
    /// The store has no mark: it predates marks, and no sign-in has set one yet.
    case unmarked
    case marked(BlockOrderMark)
}

extension StoreOrderMark {
    /// - Parameter mark: The mark in a store that can be read.
    init(_ mark: BlockOrderMark?) { self = mark.map(Self.marked) ?? .unmarked }

    /// The orders that the store may not have applied yet.
    ///
    /// - Throws: What ``BlockOrderMark/pendingOrders(in:)`` throws.
    package func pendingOrders(in state: BlockOrderState) throws(ConnectedAppError) -> [BlockOrder] {
        switch self {
        case .unknown, .unmarked: state.orders
        case .marked(let mark): try mark.pendingOrders(in: state)
        }
    }
}

/// Keeps block orders outside the store. They are read before each sign-in and before each token is handed out.
package protocol BlockOrders: Sendable {
    /// Reads the file.
    ///
    /// - Returns: `nil` if there is no file, or if the file has the former format, without a state.
    /// - Throws: ``ConnectedAppError``: `.blockMayBeLost` if aprity did not write the file, if a command was
    ///   interrupted while it wrote the file, or if this process or the copy knows a later state; `.fileUnreadable`.
    func state() async throws -> BlockOrderState?
    /// Creates the file if it is missing. Converts a file of the former format and keeps its order.
    ///
    /// - Throws: What ``state()`` and ``give(_:pendingAccordingTo:)`` throw.
    func createIfMissing() async throws -> BlockOrderState
    /// Adds an order to those that the store may not have applied. Needs no free disk space if the file exists and can
    /// be locked. Otherwise a new file of the same size is created.
    ///
    /// If the file is missing, altered or older than expected, an order may be lost. The new order then covers every
    /// app.
    ///
    /// - Parameter mark: What the store has applied. Orders of the file that it may lack are kept; others are dropped.
    /// - Returns: What is on disk now. It may contain orders that other processes added meanwhile.
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`, `.storeBusy` if other
    ///   processes keep writing, `.inputMalformed` if the reason is too long; `CancellationError`. The order may be on
    ///   disk nevertheless.
    func give(_ order: BlockOrder, pendingAccordingTo mark: StoreOrderMark) async throws -> BlockOrderState
    /// Authenticates the file again, with the active master key. Does nothing if there is no file, or one of the former
    /// format.
    ///
    /// - Throws: What ``state()`` and ``give(_:pendingAccordingTo:)`` throw.
    func reseal() async throws
}
