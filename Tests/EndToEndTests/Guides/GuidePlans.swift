extension GuidePlan {
    static let commonPlaceholders = [
        Placeholder("3MVG9…", "$(consumer_key)"),
        Placeholder("00Dxx0000001gPLEAY", "$(organization_id)"),
    ]

    /// The block in which a reader sets the Consumer Key. An administrator has created the app before it.
    private static let consumerKey = "aprity connection set acme --consumer-key 3MVG9…"

    /// A plan for each page with commands.
    static let all = start + reference + guides + [service]

    private static let start = [
        GuidePlan(
            page: "README.md", before: [.org],
            placeholders: [
                Placeholder("# … create the app in Salesforce with that certificate …", "app aprity.crt")
            ]),
        GuidePlan(
            page: "docs/quick-start.md", before: [.org], blocks: [consumerKey: .before("app aprity.crt")]),
        GuidePlan(
            page: "docs/guides/configure-connected-app.md", before: [.org, .store],
            blocks: [consumerKey: .before("app aprity.crt connectedApp")]),
        GuidePlan(
            page: "docs/guides/configure-external-client-app.md", before: [.org, .store],
            blocks: [consumerKey: .before("app aprity.crt")]),
    ]

    private static let reference = [
        GuidePlan(page: "docs/audit.md", before: [.org, .connection]),
        GuidePlan(
            page: "docs/block.md", before: [.org, .connection],
            blocks: ["aprity unblock acme": .before("aprity block acme --reason again")]),
        GuidePlan(
            page: "docs/jwt-verification-fails.md",
            before: [.org, .connection, .keyPair("aprity"), .shell("assertion aprity >assertion.txt")],
            blocks: ["aprity connection repin acme --expect 00Dxx0000001gPLEAY": .before("refresh_sandbox")]),
        // There is no terminal.
        GuidePlan(
            page: "docs/reality-check.md", before: [.org, .connection],
            placeholders: [Placeholder("reality.json", "reality.json --yes")]),
        GuidePlan(
            page: "docs/simulator.md",
            before: [
                .keyPair("aprity"),
                .shell(
                    """
                    export M=http://127.0.0.1:7413
                    echo '{}' >my-orgs.json
                    ln -s "$PYTHON" "$PAGE/commands/python3"
                    echo 'import requests
                    requests.get("https://harbour-bikes.my.salesforce.com/services/data/").raise_for_status()' >my_program.py
                    """),
            ],
            placeholders: [
                Placeholder("sleep 1", "sleep 0.02"),
                // A server that reads the clock file while it is written does not start. On the page, the writes
                // are a second apart.
                Placeholder(
                    "aprity serve &",
                    """
                    aprity serve &
                    for url in $M/state http://127.0.0.1:7411/livez; do
                        curl --silent --retry 60 --retry-connrefused --retry-delay 1 --output /dev/null $url
                    done
                    """),
            ],
            blocks: [
                "aprity simulator --make-ca ca --proxy-port 7414": BlockPlan(serversStay: true),
                "echo 0 > clock": BlockPlan(
                    before: """
                        stop_servers
                        aprity init
                        aprity connection add bikes --login-host http://127.0.0.1:7412 \
                            --username integration@harbour-bikes.example
                        """, serversStay: true),
            ]),
        commands,
    ]

    private static let commands = GuidePlan(
        page: "docs/commands.md",
        before: [
            .org, .receivers, .keyPair("server"), .secretFile("pass.txt", "passphrase"),
            .secretFile("password.txt", "correct horse battery"),
            .secretFile("\"$PAGE/secret\"", "a webhook secret of 24 bytes or more"),
            .shell(
                """
                openssl pkcs12 -export -inkey server.key -in server.crt -passout file:pass.txt -out acme.p12
                openssl req -x509 -key server.key -days 90 -subj /CN=acme -out issued.pem
                cp -r "$PACKAGE/Examples/harbour-bikes" my-sfdx-project
                export APRITY_NOTIFY_WEBHOOK=https://hooks.acme.example/aprity
                export APRITY_NOTIFY_WEBHOOK_SECRET_FILE="$PAGE/secret"
                """),
        ],
        statuses: [
            ExpectedStatus("unblock acme --json", 64), ExpectedStatus("credential compromise acme --withdraw", 0),
            ExpectedStatus("credential compromise acme", 75),
        ],
        blocks: [
            consumerKey: .before("aprity certificate download acme --out \"$PAGE/acme.crt\"; app \"$PAGE/acme.crt\""),
            "aprity test acme": .before("app issued.pem"),
            "aprity app check acme": .before(
                """
                aprity app bundle acme --out "$PAGE/bundle" --contact-email you@acme.example
                mkdir ~/salesforce
                cp -r "$PAGE/bundle/force-app" ~/salesforce
                cp -r "$PAGE/bundle/force-app" .
                """),
            "aprity assertion inspect assertion.txt": .before(
                """
                cp server.crt aprity.crt
                assertion server >assertion.txt
                grant=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer
                echo "grant_type=$grant&assertion=$(cat assertion.txt)" >body.txt
                """),
            "aprity block acme --reason \"laptop of the operator stolen\"": .before(
                "aprity credential compromise acme --withdraw; aprity unblock acme"),
            "aprity health": .before("SERVERS=stay aprity serve"),
            "aprity audit list --connection acme --act tokenHandedOut --limit 20": .before(
                "mkdir /mnt/other; cp ~/.config/aprity/audit-checkpoints.jsonl /mnt/other"),
        ])

    private static let guides = [
        GuidePlan(page: "docs/guides/scheduled-pulls.md", before: [.org, .connection]),
        GuidePlan(page: "docs/guides/ci-without-secrets.md", before: [.org, .connection]),
        GuidePlan(
            page: "docs/guides/gateway.md", before: [.org, .connection],
            blocks: [
                "curl -H @header.txt http://127.0.0.1:7415/services/data/v66.0/limits": .before(
                    "SERVERS=stay aprity serve --gateway-port 7415")
            ]),
        GuidePlan(
            page: "docs/guides/app-as-approved.md",
            before: [
                .org, .connection,
                .shell(
                    """
                    aprity app bundle acme --out "$PAGE/bundle" --contact-email you@acme.example
                    cp -r "$PAGE/bundle/force-app" "$PAGE/retrieved"
                    """),
            ]),
        GuidePlan(
            page: "docs/guides/backup-and-restore.md", before: [.org, .connection],
            statuses: [ExpectedStatus("metadata types acme --home drill/home", 77)],
            blocks: [
                "aprity backup restore acme.backup --passphrase-file passphrase.txt": .before(
                    "rm -r ~/.local ~/.config")
            ]),
        GuidePlan(
            page: "docs/guides/certificate.md",
            before: [
                .org, .connection, .keyPair("server"), .secretFile("pass.txt", "passphrase"),
                .shell(
                    """
                    cp "$PAGE/acme.crt" aprity.crt
                    openssl rsa -aes256 -passout file:pass.txt -in server.key -out encrypted.key
                    openssl pkcs12 -export -inkey server.key -in server.crt -passout file:pass.txt -out acme.p12
                    """),
            ],
            blocks: [
                "aprity connection add acme --key-size 3072 --days 180 \\": .before(
                    "aprity connection remove acme --destroy-keys --yes"),
                "aprity certificate import acme --certificate issued.pem": .before(
                    """
                    key_pair authority
                    openssl x509 -req -in aprity.csr -CA authority.crt -CAkey authority.key -days 90 -out issued.pem
                    """),
            ]),
        GuidePlan(page: "docs/guides/consumer-key.md", before: [.org, .connection]),
        GuidePlan(
            page: "docs/guides/containers.md",
            before: [.org, .cluster, .secretFile("passphrase.txt", "a long enough passphrase")],
            blocks: [
                "kubectl exec deployment/aprity -- aprity connection set acme --consumer-key 3MVG9…": .before(
                    "app aprity.crt")
            ]),
        GuidePlan(
            page: "docs/guides/expiry-notices.md",
            before: [
                .store, .receivers, .secretFile("~/.config/aprity/smtp-password", "a mail password"),
                .shell("useradd --system prometheus; mkdir /etc/prometheus"),
            ]),
        GuidePlan(
            page: "docs/guides/key-custody.md",
            before: [
                .org, .store, .secretFile("\"$PAGE/pin\"", "5678"),
                .shell(
                    """
                    softhsm2-util --init-token --free --label aprity --so-pin 1234 --pin 5678
                    export APRITY_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so APRITY_PKCS11_TOKEN=aprity
                    export APRITY_PKCS11_PIN_FILE="$PAGE/pin"
                    """),
            ],
            placeholders: [
                Placeholder("# asks for two PINs", "--so-pin 1234 --pin 5678"),
                // There is no terminal.
                Placeholder("IFS= read -rs PIN", "PIN=5678"),
            ]),
        GuidePlan(
            page: "docs/guides/key-in-other-hands.md", before: [.org, .connection],
            statuses: [ExpectedStatus("credential compromise acme", 75)]),
        GuidePlan(
            page: "docs/guides/proxies-and-tls.md",
            before: [.org, .connection, .shell("cp \"$PAGE/ca/ca.crt\" company-ca.pem")]),
        GuidePlan(
            page: "docs/guides/revoking-access.md", before: [.org, .connection],
            placeholders: [
                Placeholder("connection remove acme ", "connection remove acme --yes "),
                Placeholder("# delete the app in Salesforce, wait ten minutes", "delete_app"),
            ]),
        GuidePlan(page: "docs/guides/scopes.md", before: [.org, .connection]),
        GuidePlan(
            page: "docs/guides/without-a-store.md",
            before: [
                .org, .keyPair("server"),
                .shell(
                    """
                    app server.crt
                    SALESFORCE_SIGNING_KEY=$(cat server.key)
                    SALESFORCE_CONSUMER_KEY=$(consumer_key)
                    export SALESFORCE_SIGNING_KEY SALESFORCE_CONSUMER_KEY
                    export SALESFORCE_HOST=https://acme.my.salesforce.com SALESFORCE_USERNAME=integration@acme.example
                    """),
            ]),
    ]

    private static let service = GuidePlan(
        page: "docs/running-as-a-service.md",
        before: [
            .serviceManager, .org, .receivers, .secretFile("smtp-password", "a mail password"),
            .secretFile("passphrase.txt", "a long enough passphrase"),
        ],
        blocks: [
            "APRITY_HOME=/var/lib/aprity": .file("/etc/aprity/aprity.env"),
            "[Unit]": .file("/etc/systemd/system/aprity.service"),
            "#!/bin/sh": .file("/usr/local/sbin/aprity-service"),
            "sudo chmod 0755 /usr/local/sbin/aprity-service": .before("service_connection"),
            "# A STARTTLS mail server, and a webhook.": BlockPlan(use: .appended("/etc/aprity/aprity.env")),
            "sudo install -m 0600 -o aprity -g aprity passphrase.txt /etc/aprity-secrets/backup-passphrase":
                .before("service_works"),
            "sudo chown root:root /var/lib/aprity-audit": .before("another_machine"),
        ])
}
