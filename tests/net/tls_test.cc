#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "files.h"

namespace malote::testing {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow = from_ms(1'776'859'200'000);

struct Pem {
  std::string certificate, key;
};

std::string text_of(const std::function<void(BIO*)>& write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

/// A self-signed pair, valid for a day around kNow moved by `shift`. A passphrase encrypts the key.
Pem new_pair(std::chrono::seconds shift = 0s, const char* passphrase = nullptr) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const leaf = X509_new();
  const std::int64_t middle = to_unix_s(kNow) + shift.count();
  ASN1_TIME_set(X509_getm_notBefore(leaf), middle - 86'400);
  ASN1_TIME_set(X509_getm_notAfter(leaf), middle + 86'400);
  ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1);
  const auto* name = reinterpret_cast<const unsigned char*>("hooks.example");
  X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(leaf, X509_get_subject_name(leaf));
  X509_set_pubkey(leaf, key);
  X509_sign(leaf, key, EVP_sha256());
  const auto* cipher = passphrase ? EVP_aes_128_cbc() : nullptr;
  const std::string word = passphrase ? passphrase : "";
  Pem pem{.certificate = text_of([&](BIO* bio) { PEM_write_bio_X509(bio, leaf); }),
          .key = text_of([&](BIO* bio) {
            PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, word.data(),
                                          static_cast<int>(word.size()), nullptr, nullptr);
          })};
  X509_free(leaf);
  EVP_PKEY_free(key);
  return pem;
}

struct TlsTest : ::testing::Test {
  TempFolder folder;
  net::TlsFiles files{folder.path() + "/cert.pem", folder.path() + "/key.pem"};

  static void write(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::binary} << text;
    ::chmod(path.c_str(), 0600);
  }
  void write(const Pem& pem) const {
    write(files.certificate, pem.certificate);
    write(files.key, pem.key);
  }
  /// Why the files are refused; empty when they are not.
  std::string fault() const {
    const auto loaded = net::load_tls(files, kNow);
    return loaded ? "" : loaded.error().message;
  }
  void expect_fault(const std::string& part) const {
    EXPECT_NE(fault().find(part), std::string::npos) << fault();
  }
};

TEST_F(TlsTest, APairIsTakenWithItsWholeChain) {
  const Pem pem = new_pair();
  write(pem);
  write(files.certificate, pem.certificate + new_pair().certificate + new_pair().certificate);
  const auto loaded = net::load_tls(files, kNow);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->warnings, std::vector<std::string>{});
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(loaded->context.get(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 2);
  EXPECT_EQ(SSL_CTX_get_min_proto_version(loaded->context.get()), TLS1_2_VERSION);
}

TEST_F(TlsTest, OneFileMayHoldBoth) {
  const Pem pem = new_pair();
  write(files.certificate, pem.key + pem.certificate);
  files.key = files.certificate;
  EXPECT_EQ(fault(), "");
}

TEST_F(TlsTest, AFileThatIsNotThereIsNamed) {
  write(new_pair());
  const net::TlsFiles all = files;
  files.key = folder.path() + "/none.pem";
  expect_fault("cannot read " + files.key + ": No such file or directory");
  files = {folder.path() + "/none.pem", all.key};
  expect_fault("cannot read " + files.certificate + ": No such file or directory");
}

TEST_F(TlsTest, WhatIsInTheWrongFileIsSaid) {
  const Pem pem = new_pair();
  write({.certificate = pem.key, .key = pem.key});
  expect_fault(files.certificate + " holds no certificate in PEM form");
  write({.certificate = pem.certificate, .key = pem.certificate});
  expect_fault(files.key + " holds no private key in PEM form");
  write({.certificate = "", .key = pem.key});
  expect_fault(files.certificate + " holds no certificate in PEM form");
  files.certificate = folder.path();
  expect_fault("cannot read " + folder.path() + ": it is a folder");
}

TEST_F(TlsTest, AKeyOfAnotherCertificateIsRefused) {
  write({.certificate = new_pair().certificate, .key = new_pair().key});
  expect_fault("the key in " + files.key + " does not belong to the first certificate in " +
               files.certificate);
}

TEST_F(TlsTest, AnEncryptedKeyIsRefusedWithoutAsking) {
  write(new_pair(0s, "passphrase"));
  expect_fault("is encrypted");
  expect_fault("openssl pkey");
}

TEST_F(TlsTest, ADamagedChainIsRefusedWithItsPlace) {
  Pem pem = new_pair();
  std::string second = new_pair().certificate;
  second[second.size() / 2] = '*';
  pem.certificate += second;
  write(pem);
  expect_fault(files.certificate + ": certificate 2 is damaged");
}

TEST_F(TlsTest, DatesThatDoNotFitAreWarnings) {
  const auto warning = [&](std::chrono::seconds shift) {
    write(new_pair(shift));
    const auto loaded = net::load_tls(files, kNow);
    return loaded && loaded->warnings.size() == 1 ? loaded->warnings.front() : std::string{};
  };
  EXPECT_EQ(warning(-48h),
            "the certificate in " + files.certificate + " expired on 2026-04-21T12:00:00Z");
  EXPECT_EQ(warning(48h), "the certificate in " + files.certificate +
                              " is not valid before 2026-04-23T12:00:00Z");
}

TEST_F(TlsTest, AKeyThatEverybodyMayReadIsAWarning) {
  write(new_pair());
  ::chmod(files.key.c_str(), 0644);
  const auto loaded = net::load_tls(files, kNow);
  ASSERT_TRUE(loaded && loaded->warnings.size() == 1);
  EXPECT_NE(loaded->warnings[0].find("chmod o-r " + files.key), std::string::npos);
}

TEST_F(TlsTest, ABrokenPairLeavesTheOneFromBefore) {
  write(new_pair());
  net::TlsCertificate certificate{files};
  EXPECT_EQ(certificate.current(), nullptr);
  ASSERT_TRUE(certificate.read(kNow));
  const auto before = certificate.current();
  write(files.key, new_pair().key);
  EXPECT_FALSE(certificate.read(kNow));
  EXPECT_EQ(certificate.current(), before);
  write(new_pair());
  EXPECT_TRUE(certificate.read(kNow));
  EXPECT_NE(certificate.current(), before);
}

}  // namespace
}  // namespace malote::testing
