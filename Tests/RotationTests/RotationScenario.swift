import Foundation

/// The events around one rotation, chosen by a seed. Times are in seconds.
struct RotationScenario: CustomStringConvertible {
    /// What the admin does with the next certificate. *Told* means that the upload is reported to aprity, *saved* that
    /// the certificate is saved in the org. The special events are: the former certificate is saved again, a foreign
    /// certificate is saved first, the rotation is rolled back, and a second app gets the certificate.
    enum Upload: String, CaseIterable {
        case toldThenSaved, savedThenTold, neverTold, formerPutBack, foreignFirst, rolledBack, secondApp
    }

    let seed: UInt64
    let upload: Upload
    /// Whether the org has the switch `adverse`.
    let isAdverse: Bool
    /// Whether the org refuses a wrong signature as `invalid assertion`.
    let refusesAsInvalidAssertion: Bool
    /// From the start to the first of two events: the upload is reported, or the certificate is saved.
    let firstAfter: TimeInterval
    /// From there to the other event, or to the scenario's special event.
    let secondAfter: TimeInterval

    init(seed: UInt64) {
        let dice = Dice(seed: seed)
        self.seed = seed
        upload = Upload.allCases[Int(seed) % Upload.allCases.count]
        isAdverse = dice.happens(0.5)
        refusesAsInvalidAssertion = dice.happens(0.5)
        firstAfter = dice.seconds(10...120)
        secondAfter =
            upload == .toldThenSaved || upload == .savedThenTold ? dice.seconds(0...200) : dice.seconds(200...700)
    }

    var description: String {
        "seed \(seed): \(upload.rawValue)\(isAdverse ? ", adverse" : "")"
            + (refusesAsInvalidAssertion ? ", invalid assertion" : "")
    }
}
