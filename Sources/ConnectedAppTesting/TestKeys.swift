/// RSA keys of 2048 bits in PKCS#8 PEM, generated with `openssl genpkey`. They are published with the sources, so use
/// them in tests only.
package enum TestKeys {
    /// The keys in the order in which ``PreparedKeyStore`` takes them.
    static let all = [first, second, third]

    package static let first = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCbl8hQNLh3rVd3
        t8dVhvX1gLYEF/GoPwRN0yukGJIV3Vl1igjmY3iif2ikYUiNg5u3TtwobszGa0CW
        MwbkdUpR9ejNrTtpgWCtZL2MSs10tN9tLcUpb8WsfbiEYbjyAYxdilK5vKPj8k4V
        YMt7A7YIn/xre5g2G60IoHpC/QESIzlqaleRjI29K/Y6zBRIxx/xOU31XmG97fnS
        NlHvy6/NfktT4P83PUXq0rqnXa/nbVbD5jeYlQE6dsErLVN55I/uyoQIyAlVCgwo
        +oT9hRz0hlNWusxuw5t8bzzdRYFJm56JdRnzOkv6fobwQpXNyw9jvWc+SF7qzJC9
        DCs4HvLNAgMBAAECggEAG/TcPakTYhGHz096pf/vbrK3QaoJtjjIbbFdPIlbqkkQ
        22E3cyn5UX1CEJMYRbEZiAjH3w31hktcGgDGIsN+XJaqQ1Z2f+EKvW0F79C69NbQ
        9F2OeQEHzBP01Ph4Eie8EEyby5q8+eaeKBIxzYMfsJIKeUeGVGaJoyyuex3ZlOfu
        mFAeM41Ni/DVCvZfyzH0w2poN2rdB8AS7I41wovzuLlbtCwx+i+2NXiOM97NYnBG
        AT4M0Nerb3pnQKYnESuXUsfJ3IHsEDABOon7V4Iz61ZKSkYltqG+ZsdE1wl+teON
        PSfPYrJrNwnt56jhY75m/xllZqKFm/l23MEgP1IoIQKBgQDNEyo9gB9QkYe7A1vE
        4oKHKKxl7Z1J6uHxVS4/Gchdf/x+7//D8ECDGGkjMuwAMyfsk6BHDWbqjCGmRr71
        SeF1FDTbpiWZgElkz0EFC81+FKDKjaUSxJfCPRok7P9xM8KZYMAOcYH5y31O/pSR
        n2Fw7PrZQGNOfAZOBEO4xTTgEQKBgQDCOv6cDxx+htJrHUa/m/io4nuLR7j+++Io
        dE+Uo+iNvHo2csYhGtcOICCeCzCD1qC8MROOR+1wQfY3L5Pi9Tk83nOvkybzqQ22
        kUxpKSzYM8ar6oAs+pEigsm/gRZ37eJBxAnwX/6byRWRhaLn9cM0XI3/gb0wCC55
        oebfSqdi/QKBgFOrlRlgk+Y4akuIFEIhNKZWlvhDWWBWP/dKDMNcDp7vYCKeYxkb
        hga2x/a/iQCP3qMsnEFBG5NotzXzOWg0y5MMOoC/qimV6NwDn4CijyX43p2l6wrc
        QRrT+T3FoHccajJQAiwibahwOOEpB47em1AKsFJBbgMQoTXlkYfqlicxAoGAD4ha
        Pi6zL6cmgqxnsQEPJKpgCOZmc/W+w09x4cgt28/b0ijhkVotIpMNKLZqXdC3L/WY
        w8MayORthUJHyFmmBykfBUZ2UfwN/bCm9K33SR7y32K0d2ReYO0mpyrymgqrEmlU
        BiYXHWw6TlXqjjRINRLFxE4izAmLdeytouO8eR0CgYAi2bkjkz1dxTyZoUyjS5LG
        GWiXvgNzSwSYug6TfF2oV2MNPVms7mouHiz6xAi5Jijn67pweFIWmZAc7V+1jBWQ
        saQZX/7q5goR3SR/NUGUb1JlJvwyKEDTLUXitiuEpWsocOn0pxsqiWvhje+f3Jrh
        5WNdOhhobphdm84j09vgIQ==
        -----END PRIVATE KEY-----
        """

    package static let second = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQC050uCERN1ja4d
        BJFpQ73focRJZ1H47vbxvDn4FsTyFuqTOeTcgXqo4m4Fjc9N8LfgYVPsyYlJz/cj
        5KFeDnPlevKCQKin4XI80vEhMyWt9BSCzumxOEvTJwwo5SO8RTNmzY7hwtr17VYm
        7G8Iq/pFwc0eGNgqYkhr0aOcznqE9mNI38Rh7s73SpB7tl/IVNpUO3t86FTdiCRt
        jWszAdztRCrP2ztrarr1KGyXcRtN+s031nHvOqXTDOLP5OiKHuJuzPi+y0sf7kJ3
        K30pT6Tl9ueoPw5085rsrsxBvX+USpnQjEL569M99P6ZxXe4mJ5gWZ39xQWK30tF
        GKnUhf8rAgMBAAECggEADA743QgnXGgfyYZi7Pnbf7soOt5cu/Ot2Uo7MPrPkPWP
        GFY9F6e31ecV/1/HCEJ590Z1kiyS7q0io61bRko/VnYeESmfNGWWOFC1Swm+Qryo
        21lQgYQnpcEOEfHIMoYIWZttIUZcUxVJb1nGQvU3vwuekRmF2zlm62zzc4Hd79vh
        3rSVHrY1SWaBeFpajjXkk6vqAvSuXqcSpbQtLtm0X79Pjffhmcy50bjqo9bOCO2h
        wssvUevrkr6h0KdR+K1Khx19p6QFMYJPSxigG+F/FsjT4FzWo8xYwp155a/GbFEm
        4v/u2J6BY39qgsbra/QSJ1pqG/bf20qFD2Cn90JjWQKBgQDk8yhqCfSu963wpvyI
        4cvPoKuqGjwlVpCy8IpOG4SKt/ERV9HrzmmUHnfa2xR327tkg5LFbMsyX7TAur09
        dQwJ+q9/0pi+cVOo/2vJPQi0eNaCk2sqHsTJOdBMlFeB2Lxy321tHPWnLR7jyUtV
        2UOyo9eJdpcLj58XkCs+Xx9lowKBgQDKRuwTNrOZLgHHIaaJIf1KQDSfnHi273TG
        Jqxj6O/2Jf1Rl7bTVqnqqHf/bCtNsueN8x4TDj59ZzOmecP65cRWRrKvU4fagL+H
        qJGK0FFuOhbzWrJ9MLVGyVQy5mhMqctv68Tcr+fm+X7CSSQuiagv5OjmAXPH/BuV
        uTjRz5FI2QKBgFM6Uaa6l8hDIWgqTAM2kfCYZ88eWl74aQGjj6N1PWlwFKJJWnZu
        QtMlgEx+96HarvSLH//E3NkjEYI+YCzHL+kwyDufQwd4CwGUWIp/NXrlspUlIf/d
        z4uXCLHN+0GomFjp/816iZKMRH5p3okGwiVeiivegGoje6IFNrMlwTQhAoGAJK65
        7z4TUesq/V7X4bSdR5LfODbbGWnRhoHK7491vPDkwKA/0pG73MdSg6qtK7kPDwoQ
        4SnLIVjO4Bji9qQmd/L4Qp1mXLTOhx6FzmO68L9uHBHNnrBvn3exYk2win6cWx6p
        o8/uwU9rsnYrLpleO9lKdzO6OIE6y2s8p6f50/kCgYBoHOJyLbDhr3uAhW1C+A7/
        YhF3Inhx6KJRh6vdurIrFcOtJeUW3Q7qWvALmJKOlepGwBFJuPYnu0gwdt4jv3ow
        xXc4xTK6vhPY+If/hHOVMKP9A9u/Cg9nmLx42JhkT0VzU7nkiy6Ih0yCtM0iqEo0
        ZSy9J3s1Lz8lLNg4Qe7kWw==
        -----END PRIVATE KEY-----
        """

    package static let third = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQC2C4eeqI2HFX4U
        CYFg3IOanVtH9Hx4XVYErxHeh07A0yTYFiOi+iA27dBhv6PHkwHetqs5scNUnd+F
        f5VRiFMv74jxdXSn3E0r74c4xlYgryghbAfLj90pBASf0/G6qWd40Op1ZiBBYxI3
        Yrk9n5ZaQUhU5AjT/YzgyMsJKJwOcnMj0wj9JnIqUJkxzZLeXKLV96m2QRvO6/q3
        iEUMtR8Po27iku2JlNNP5u1ZoZwNT0/uMt8DWjHEc+AG+22V5X0enCm38oKGPZ0i
        a23HB3Z3FIu6YnJTnJLSBFRtY5sxA9zmZs6yNrJkmJ314B90zC8iRTu0jpDZggn7
        BwiXkBzDAgMBAAECggEAIr7TnTwlexVmkXN4/qBH/BAxlmu7AAwseUti2TqxFMuX
        +ihLl/Uuhd1hCu8VVuefkT8DMklT80gInAXMXZnr6rfIxvE4mTtKfWrDv9nXIXjc
        63gfisJEH2p1aX394rcnmR8iyNJ7sI80sF6G5ZSakVJpeE5nwvJfW53nZrGaC4WI
        ys+HyfrUGTAZn9XVTjd0aIaD+PzWPA2NmRSZlGT/iYt7ny7mctwvzQhNPIPyjNx0
        nF0Utwpa37/Xv9DEV77wuH/KXjCWj4Nc1ENakjaybyFNmp1NWyiUwcJ93JyD0xOD
        kNahDJqsQzpHB0SjTc0y4FheW1FbcE6sie5iitpY1QKBgQDvjaoVLRy1LbCrwY98
        4cLtwa7E/uNBQokKRq/kLyCkb+wfwcvyui03o1RHY2g5gPR2OHfDKhawI2fg/SYY
        P5MpJQklxwyETDp81VsnuOAhIg2eOUiVgTrMicHU8YA+KtesfgL06kxtu5oOn8eT
        uW6AEEfgDrSQ9b7FH0RcBpklLwKBgQDCixymdfwgbmGh8L1ckB/2WJJGTGouEp4d
        ItBxyoZERnvHs1g8LGuYf1SZkCfyTlJzHfsvvT6Drw0sTl+4xXoyVxLHE0WoGm9D
        D2Kh77cQSHn7uD0TOLFzYz08V8SdSSazhtmNrulHQEoAvOoBJaVxzd0B2V7cMYgV
        jyWwhYbErQKBgEQLwZxyTA1LBTxEpzWaC3zt328l1/fZpoO8wInYuTT8dd4vdndk
        WyPKyU3d9uUetFJAiARwGDHAXOmT/xY0OOEfHBIXEH8kCBkdod8OrNu8iJHBQ9Tz
        +HfRSbXrQ7plAQ6GXOClDUC+YWx2BoL30WOfPEtw4emrZJ0p3IkndqkRAoGAKtl/
        Nv73yKDnakbfPpsUHyuFFGzSWlGJd/tqFBY6mqE3tFXBUoeqL02kcap50foEWQy6
        fdpeAZ019pNQrB76+kmJfkW1awBfj1K9M9Pb6387NwFummQ7WaH7I+ZlDQvGtXY3
        RujGwwXbBuyVUilbloR0cGrTZQaX5b/A2m+eroUCgYBulAjI1Haf1fr7U8riiwuz
        4i6O8dZYz8MKsCKDUv2mnl/0CpTw3FWn7I6gKqHef6oR5gK/YsOwexK9ADthl0x6
        Le01zGg/5j70SifSrrOQHF3G6R1yUQukpDooWfwcwS0nt1AHPK2SynnsZ+ZKo6Ws
        OkuS8AY1GX6XWqD2KDxCGg==
        -----END PRIVATE KEY-----
        """
}
