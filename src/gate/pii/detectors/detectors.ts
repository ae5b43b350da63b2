/** The detectors by name, and their version. */
import type { PiiDetector } from '../../../domain/pii.js';
import type { Detector } from './detector.js';
import { findApiKeys } from './find-api-keys.js';
import { findCnResidentIds } from './find-cn-resident-ids.js';
import { findEmails } from './find-emails.js';
import { findIbans } from './find-ibans.js';
import { findIps } from './find-ips.js';
import { findPaymentCards } from './find-payment-cards.js';
import { findPhones } from './find-phones.js';
import { findUsSsns } from './find-us-ssns.js';

/** Part of gate_recipe: raised with any change of what is found, so that every document is looked at again. */
export const DETECTORS_VERSION = 1;
/** Whose numbering plans that version knows; a test holds it against package.json. */
export const PHONE_PLANS = 'libphonenumber-js 1.13.16';

export const DETECTORS: Readonly<Record<PiiDetector, Detector>> = {
  email: findEmails,
  phone: findPhones,
  'cn-resident-id': findCnResidentIds,
  'us-ssn': findUsSsns,
  'payment-card': findPaymentCards,
  iban: findIbans,
  ip: findIps,
  'api-key': findApiKeys,
};
