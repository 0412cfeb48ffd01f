import { LightningElement, api, wire } from 'lwc';
import { getRecord, getFieldValue } from 'lightning/uiRecordApi';
import STARTED_AT from '@salesforce/schema/Rental__c.Started_At__c';
import ENDED_AT from '@salesforce/schema/Rental__c.Ended_At__c';
import STATUS from '@salesforce/schema/Rental__c.Status__c';
import overdueLabel from '@salesforce/label/c.Timer_Overdue';

const TICK = 30 * 1000;

export default class RentalTimer extends LightningElement {
    @api recordId;
    overdueLabel = overdueLabel;
    now = Date.now();
    interval;

    @wire(getRecord, { recordId: '$recordId', fields: [STARTED_AT, ENDED_AT, STATUS] })
    rental;

    connectedCallback() {
        // eslint-disable-next-line @lwc/lwc/no-async-operation
        this.interval = setInterval(() => {
            this.now = Date.now();
        }, TICK);
    }

    disconnectedCallback() {
        clearInterval(this.interval);
    }

    get elapsed() {
        const started = getFieldValue(this.rental.data, STARTED_AT);
        if (!started) {
            return '–:––';
        }
        const ended = getFieldValue(this.rental.data, ENDED_AT);
        const until = ended ? Date.parse(ended) : this.now;
        const minutes = Math.max(0, Math.floor((until - Date.parse(started)) / 60000));
        return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
    }

    get overdue() {
        return getFieldValue(this.rental.data, STATUS) === 'Overdue';
    }

    get boxClass() {
        return this.overdue ? 'box box_overdue' : 'box';
    }
}
