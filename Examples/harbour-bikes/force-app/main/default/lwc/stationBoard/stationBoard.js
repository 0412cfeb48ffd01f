import { LightningElement, api, wire } from 'lwc';
import { getRecord, getFieldValue } from 'lightning/uiRecordApi';
import { NavigationMixin } from 'lightning/navigation';
import { encodeDefaultFieldValues } from 'lightning/pageReferenceUtils';
import bikesAt from '@salesforce/apex/StationBoardController.bikesAt';
import STATION_NAME from '@salesforce/schema/Station__c.Name';
import STATION_TOWN from '@salesforce/schema/Station__c.Town__c';
import boardTitle from '@salesforce/label/c.Station_Board_Title';
import noBikes from '@salesforce/label/c.No_Bikes_Here';

export default class StationBoard extends NavigationMixin(LightningElement) {
    @api recordId;
    labels = { noBikes };
    bikes = [];

    @wire(getRecord, { recordId: '$recordId', fields: [STATION_NAME, STATION_TOWN] })
    station;

    @wire(bikesAt, { stationId: '$recordId' })
    wiredBikes({ data }) {
        if (data) {
            this.bikes = data;
        }
    }

    get title() {
        return boardTitle.replace('{0}', getFieldValue(this.station.data, STATION_NAME) ?? '…');
    }

    get town() {
        return getFieldValue(this.station.data, STATION_TOWN);
    }

    get hasBikes() {
        return this.bikes.length > 0;
    }

    handleHire(event) {
        this[NavigationMixin.Navigate]({
            type: 'standard__objectPage',
            attributes: { objectApiName: 'Rental__c', actionName: 'new' },
            state: {
                defaultFieldValues: encodeDefaultFieldValues({
                    Bike__c: event.detail.bikeId,
                    Start_Station__c: this.recordId
                })
            }
        });
    }
}
